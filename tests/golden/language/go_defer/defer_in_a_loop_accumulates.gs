func f() { for i := range 3 { defer print(i) }; print("end") }
f()
// expect: end
// expect: 2
// expect: 1
// expect: 0
