// A loop that becomes hot over several calls, in a call that is the last for long, and after its function has code.
func sum(n, step) {
    s := 0
    for i := 1; i <= n; i++ { s = s + step }
    return s
}
for r := 1; r <= 5; r++ { sum(250, 1) }
print(sum(20000, 2))                    // expect: 40000
print(sum(20000, 0.5))                  // expect: 10000.0
t := 0
for r := 1; r <= 100; r++ { t = t + sum(20, r) }
print(t)                                // expect: 101000

// The parameter is another value where the loop becomes hot than where the function begins.
func drain(list) {
    n := 0
    for list { n, list = n + list.value, list.next }
    return n
}
func list_of(n) {
    list := nil
    for i := 1; i <= n; i++ { list = {value: i, next: list} }
    return list
}
total := 0
for r := 1; r <= 30; r++ { total = total + drain(list_of(100)) }
print(total, drain(list_of(1000)), drain(nil))   // expect: 151500	500500	0

// Calls itself from within its hot loop.
func walk(depth, width) {
    n := 1
    for i := 1; i <= width; i++ {
        if i % 97 == 0 && depth > 0 { n = n + walk(depth - 1, width) } else { n = n + 1 }
    }
    return n
}
print(walk(3, 300), walk(1, 2000), walk(0, "5" + 0))   // expect: 12001	42001	6
