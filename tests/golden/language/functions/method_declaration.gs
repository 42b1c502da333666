Stack := {}
func Stack.new() { return setmetatable({}, {__index: Stack}) }
func Stack:push(v) { self[#self + 1] = v; return self }
func Stack:pop() { v := self[#self]; self[#self] = nil; return v }
s := Stack.new()
s:push(1):push(2)
print(#s, s:pop(), s:pop(), #s) // expect: 2	2	1	0
