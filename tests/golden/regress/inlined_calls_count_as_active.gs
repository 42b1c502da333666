// Calls too deep raise an error that can be caught, whether they are inlined or not, and leave nothing behind.
// skip gc-stress: collects at every one of the calls up to the limit
C := {}
C.__index = C
func id(x) { return x }
func twice(x) { return id(id(x)) }
func C:m() {
    twice(0)
    self:m(nil)
}
o := setmetatable({}, C)
for i := range 3 {
    ok, err := pcall(C.m, o)
    print(ok, string.find(err, "stack overflow") != nil)
}
// expect: false	true
// expect: false	true
// expect: false	true

// Errors in inlined calls change nothing about how deep calls may be.
func fails(x) { return x.y.z }
func between(x) { return fails(x) }
n := 0
for i := range 300000 {
    if !pcall(between, {}) { n++ }
}
deepest := 0
func down(k) { deepest = k; down(k + 1); return 1 }
pcall(down, 1)
print(n, deepest > 99000) // expect: 300000	true
