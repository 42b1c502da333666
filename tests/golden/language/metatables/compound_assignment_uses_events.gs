v := setmetatable({n: 1}, {
    __add: func(a, b) { a.n += b; return a },
    __concat: func(a, b) { return "concat " .. b },
})
v += 5
print(v.n) // expect: 6
v++
print(v.n) // expect: 7
v ..= "x"
print(v)   // expect: concat x
