func f() { return "old" }
func swap() { f = func() { return "new" }; return 1 }
print(f(swap())) // expect: old
print(f())       // expect: new
