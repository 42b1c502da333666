o := sync.once()
print(pcall(func() { o:do(func() { error("failed") }) })) // expect: false	failed
print(select("#", o:do(func() { return 1 })))             // expect: 0
