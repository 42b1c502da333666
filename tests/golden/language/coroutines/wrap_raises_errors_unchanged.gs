t := {}
ok, e := pcall(coroutine.wrap(func() { error(t) }))
print(ok, e == t) // expect: false	true
print(pcall(coroutine.wrap(func() { error("text") }))) // expect: false	text
