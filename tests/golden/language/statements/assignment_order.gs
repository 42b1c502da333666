func v(x) { print("eval " .. x); return x }
t := {}
func get(n) { print("table " .. n); return t }
get(1)[v("a")], get(2)[v("b")] = v(1), v(2)
// expect: table 1
// expect: eval a
// expect: table 2
// expect: eval b
// expect: eval 1
// expect: eval 2
print(t.a, t.b) // expect: 1	2
