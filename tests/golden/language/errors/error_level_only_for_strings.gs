print(pcall(func() { error(42, 1) })) // expect: false	42
t := {}
ok, e := pcall(func() { error(t, 2) })
print(e == t) // expect: true
