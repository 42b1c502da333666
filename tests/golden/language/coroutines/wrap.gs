f := coroutine.wrap(func(a) {
    b := coroutine.yield(a, "first")
    return b, "last"
})
print(f(1)) // expect: 1	first
print(f(2)) // expect: 2	last
ok, e := pcall(f)
print(ok, e:find("cannot resume dead coroutine", 1, true) != nil) // expect: false	true
