wg := sync.waitgroup()
wg:add(2)
go func() { wg:done(); wg:add(-1) }()
wg:wait()
print("done") // expect: done
