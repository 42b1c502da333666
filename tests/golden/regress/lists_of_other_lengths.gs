// The number of results that a call gives to a list changes after the code for it was made.
func count(...) { return #... }
func one(x) { return x }
func some(n) {
    if n % 100 == 99 { return }
    if n % 100 == 98 { return n, n + 1 }
    return n
}
func many(n) {
    if n == 777 {
        t := {}
        for i := 1; i <= 60000; i++ { t[i] = i }
        return unpack(t)
    }
    return n
}
func pass(n) { return some(n) }
func front(n) { return 1, some(n) }
func both(n) { return one(pass(n)) }
func add(a, b) { return (a || 0) + (b || 0) }
func inner(n) { return add(some(n)) }
func all(n) { return many(n) }
func nothing() { return }
func silent(n) { return nothing() }
func bytes(s, n) { return count(string.byte(s, 1, n)) }
func table_of(n) {
    t := {n, some(n)}
    return #t
}

var counts = {}
func note(name, n) {
    counts[name] = (counts[name] || 0) + n
}
for i := 1; i <= 2000; i++ {
    note("args", count(some(i)))
    note("pass", count(pass(i)))
    note("front", count(front(i)))
    note("both", both(i) || 0)
    note("inner", inner(i))
    note("silent", count(silent(i)))
    note("many", count(all(i)))
    note("bytes", bytes("abc", i % 4))
    note("table", table_of(i))
    note("nested", count(0, count(front(i)), all(i)))
}
names := {}
for name := range counts { table.insert(names, name) }
table.sort(names)
for _, name := range names { print(name, counts[name]) }
// expect: args	2000
// expect: both	1980020
// expect: bytes	3000
// expect: front	4000
// expect: inner	2001000
// expect: many	61999
// expect: nested	65999
// expect: pass	2000
// expect: silent	0
// expect: table	4000

// The same one frame below the loop, where the callee is built in.
func run(n) {
    sum := 0
    for i := 1; i <= n; i++ {
        sum = add(sum, add(pass(i)))
        sum += count(all(i))
    }
    return sum
}
print(run(1500))  // expect: 1187249

// An error behind a list, with the functions that are active.
func fails(n) {
    if n == 900 { error("here") }
    return n
}
func through(n) { return one(fails(n)) }
func down(n) { return through(n) }
var ok, message
for i := 1; i <= 1000; i++ {
    good, what := pcall(down, i)
    if !good { ok, message = good, what }
}
print(ok, message)  // expect: false	here
