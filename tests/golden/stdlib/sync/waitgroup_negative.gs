wg := sync.waitgroup()
print(pcall(func() { wg:done() })) // expect: false	waitgroup_negative.gs:2: negative waitgroup counter
