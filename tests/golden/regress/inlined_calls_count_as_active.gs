// The call that is one too many is the same whether it is inlined or not.
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
for i := range 3 { print(pcall(C.m, o)) }
// expect: false	inlined_calls_count_as_active.gs:6: stack overflow
// expect: false	inlined_calls_count_as_active.gs:6: stack overflow
// expect: false	inlined_calls_count_as_active.gs:6: stack overflow

// And what is left of the count after errors in inlined calls.
func fails(x) { return x.y.z }
func between(x) { return fails(x) }
n := 0
for i := range 300000 {
    if !pcall(between, {}) { n++ }
}
func depth(k) { return depth(k + 1) + 1 }
deepest := 0
func down(k) { deepest = k; down(k + 1); return 1 }
pcall(down, 1)
print(n, deepest > 199000, deepest < 200001) // expect: 300000	true	true
