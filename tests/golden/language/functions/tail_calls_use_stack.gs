func forever() { return forever() }
ok, e := pcall(forever)
print(ok, e:find("stack overflow", 1, true) != nil) // expect: false	true
// skip gc-stress: collects at every one of the calls up to the limit
