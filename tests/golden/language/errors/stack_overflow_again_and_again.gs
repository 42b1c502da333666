func deep() { return 1 + deep() }
for i := range 3 {
    ok, e := pcall(deep)
    print(ok, e:find("stack overflow", 1, true) != nil)
}
// expect: false	true
// expect: false	true
// expect: false	true
// skip gc-stress: collects at every one of the calls up to the limit
