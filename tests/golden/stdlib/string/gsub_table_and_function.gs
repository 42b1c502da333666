print(("$name is $age"):gsub("%$(%w+)", {name: "Bob", age: 42})) // expect: Bob is 42	2
print(("abc"):gsub("%w", {a: "1", b: false})) // expect: 1bc	3
print(("abc"):gsub("(b)(c)", func(x, y) { return y .. x })) // expect: acb	1
print(("abc"):gsub("%w", func(c) { if c == "b" { return nil }
    return c:upper() })) // expect: AbC	3
print(("12 5"):gsub("%d+", func(n) { return n * 2 })) // expect: 24 10	2
print(("ab"):gsub("()%w", func(p) { return p + 0.5 })) // expect: 1.52.5	2
t := setmetatable({}, {__index: func(t, k) { return k .. k }})
print(("xy"):gsub("%w", t)) // expect: xxyy	2
