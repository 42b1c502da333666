// A metatable of very many keys is a dictionary; machine code adds `__eq` to it and compares next.
meta := {}
for i := 1; i <= 600; i++ { meta["key" .. i] = i }
a, b := setmetatable({}, meta), setmetatable({}, meta)
func run(n, at) {
    equal := 0
    for i := 1; i <= n; i++ {
        key := "x" .. i
        if i == at { key = "__eq" }
        meta[key] = func(x, y) { return true }
        if a == b { equal++ }
    }
    return equal
}
print(run(2000, 1500))      // expect: 501
