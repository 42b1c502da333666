mt := {__concat: func(a, b) {
    if type(a) == "table" { a = a.s }
    if type(b) == "table" { b = b.s }
    return a .. "," .. b
}}
v := setmetatable({s: "v"}, mt)
print(v .. "x", "x" .. v, 1 .. v, v .. v) // expect: v,x	x,v	1,v	v,v
print(pcall(func() { return {} .. "x" })) // expect: false	concat.gs:8: attempt to concatenate a table value
