print(pcall(func() { error("plain") }))    // expect: false	plain
print(pcall(func() { error("zero", 0) }))  // expect: false	zero
