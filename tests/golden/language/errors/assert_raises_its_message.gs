print(pcall(assert, false, "message"))  // expect: false	message
print(pcall(assert, nil, 42))           // expect: false	42
t := {}
ok, e := pcall(assert, false, t, "more")
print(e == t)                           // expect: true
print(pcall(func() { assert(1 == 2, "no position") })) // expect: false	no position
