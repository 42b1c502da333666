func gen(name, n) { return coroutine.wrap(func() { for i := range n { coroutine.yield(name .. i) } }) }
a, b := gen("a", 2), gen("b", 2)
print(a(), b(), a(), b(), a(), b()) // expect: a0	b0	a1	b1	nil
