mt := {__concat: func(a, b) {
    if type(a) == "table" { a = a.s }
    if type(b) == "table" { b = b.s }
    return setmetatable({s: "(" .. a .. b .. ")"}, mt)
}}
x := setmetatable({s: "x"}, mt)
print(("a" .. "b" .. x).s)  // expect: (a(bx))
print((x .. "a" .. "b").s)  // expect: (xab)
print((x .. x .. x).s)      // expect: (x(xx))
