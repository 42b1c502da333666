print(xpcall(func() { error("first") }, func(v) { error("second") })) // expect: false	second
