func f() { return func() { return func() { return "deep" } } }
print(f()()()) // expect: deep
print((func(x) { return x * 2 })(21)) // expect: 42
x := func() { return 5 }()
print(x) // expect: 5
