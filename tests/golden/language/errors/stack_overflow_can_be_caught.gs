func deep() { return 1 + deep() }
ok, e := pcall(deep)
print(ok, e:find("stack overflow", 1, true) != nil) // expect: false	true
print(pcall(func() { return "still works" }))       // expect: true	still works
// skip gc-stress: collects at every one of the calls up to the limit
