// Callers that get code before the functions that they call, which then give and take numbers of one kind, of another, and
// nothing: calls find the newest code, and results stay exact.

func even(n) { if n == 0 { return true }; return odd(n - 1) }
func odd(n) { if n == 0 { return false }; return even(n - 1) }

func female(n) { if n == 0 { return 1 }; return n - male(female(n - 1)) }
func male(n) { if n == 0 { return 0 }; return n - female(male(n - 1)) }

func area(s) { return s.kind == "square" && square(s.a) || rest(s) }
func square(a) { return a * a }
func rest(s) { return circle(s.a, 0.5) }
func circle(r, half) { return r * r * 3.0 * half * 2 }

count := 0
func outer(n) { if n > 0 { note(n); outer(n - 1) } }
func note(n) { count = count + n; if n % 7 == 0 { outer(n % 5) } }

func run(n) {
    s := 0
    for i := 1; i <= n; i++ {
        if even(i % 40) { s = s + 1 }
        s = s + female(i % 20) + male(i % 20)
        s = s + area({kind: i % 2 == 0 && "square" || "circle", a: i % 10})
        outer(i % 30)
    }
    return s, count
}
print(run(100))   // expect: 7400.0	14467
print(run(400))   // expect: 29600.0	76384
print(even(1001), odd(1001), female(30), male(30))   // expect: false	true	19	19

// The callee's results change their kind when all is linked.
func pick(i) { return choose(i) + 1 }
func choose(i) { if i > 900 { return i + 0.5 }; if i > 950 { return 1 << 60 }; return i }
total := 0
for i := 1; i <= 1000; i++ { total = total + pick(i) }
print(total)      // expect: 501550.0
// And a callee that raises, and one that gives nothing.
func guarded(i) { return raises(i) }
func raises(i) { if i == 700 { error("at " .. i) }; return i }
failed := 0
for i := 1; i <= 800; i++ { if !pcall(guarded, i) { failed = failed + 1 } }
print(failed, pcall(guarded, 700))   // expect: 1	false	at 700
func asks(i) { return gives(i) }
func gives(i) { if i % 100 == 0 { return }; return i }
nils := 0
for i := 1; i <= 800; i++ { if asks(i) == nil { nils = nils + 1 } }
print(nils)       // expect: 8
