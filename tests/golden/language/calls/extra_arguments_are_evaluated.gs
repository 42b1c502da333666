func f(a) { return a }
func v(x) { print("eval " .. x); return x }
print(f(v(1), v(2)))
// expect: eval 1
// expect: eval 2
// expect: 1
