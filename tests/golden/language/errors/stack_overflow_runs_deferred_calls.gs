done := 0
func deep(n) {
    if n % 1000 == 1 { defer func() { done++ }() }
    return 1 + deep(n + 1)
}
ok, e := pcall(deep, 1)
print(ok, e:find("stack overflow", 1, true) != nil, done >= 50) // expect: false	true	true
// skip gc-stress: collects at every one of the calls up to the limit
