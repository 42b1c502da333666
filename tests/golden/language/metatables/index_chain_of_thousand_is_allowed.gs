t := {x: "end"}
for i := range 1000 { t = setmetatable({}, {__index: t}) }
print(t.x, t.y) // expect: end	nil
