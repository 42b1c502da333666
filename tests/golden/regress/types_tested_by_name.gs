// Names of types that are compared with constants are tests of the value, and what a function does with its argument may depend on
// them: a site of elements is not judged by what the argument was elsewhere.
func kind(x) {
    if type(x) == "string" { return #x }
    if type(x) == "number" { return x }
    if type(x) == "nil" { return -1 }
    if type(x) == "boolean" { return -2 }
    if type(x) == "function" { return x() }
    if type(x) != "table" { return type(x) }
    s := #x
    for i := 1; i <= #x; i++ { s += kind(x[i]) }
    x[1] = x[1]
    return s
}
big := 1 << 60
named := setmetatable({7, name: 1}, {__len: func() { return 1 }})
sum := 0
for round := 0; round < 300; round++ {
    sum += kind("abc") + kind(4) + kind(1.5) + kind(nil) + kind(true) + kind({1, {2.5, 3.5}, {"x", true}, named, {}}) + kind(func() { return 10 })
}
print(sum)                                     // expect: 11550.0
