a := {x: "a"}
b := setmetatable({y: "b"}, {__index: a})
c := setmetatable({}, {__index: b})
d := setmetatable({}, {__index: c})
print(d.x, d.y, d.z) // expect: a	b	nil
