func v(x) { print("eval " .. x); return x }
func get() { print("callee"); return func(...) { print("called", ...) } }
get()(v(1), v(2))
// expect: callee
// expect: eval 1
// expect: eval 2
// expect: called	1	2
