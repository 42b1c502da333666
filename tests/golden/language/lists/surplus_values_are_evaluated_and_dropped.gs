func v(x) { print("eval " .. x); return x }
a := v(1), v(2)
// expect: eval 1
// expect: eval 2
print(a) // expect: 1
func f() { return 1, 2, 3 }
var b = f()
print(b) // expect: 1
