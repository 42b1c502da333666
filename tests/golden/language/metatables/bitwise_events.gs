func name(x) { if type(x) == "table" { return x.name }; return x }
func op(s) { return func(a, b) { return name(a) .. s .. name(b) } }
mt := {__band: op("&"), __bor: op("|"), __bxor: op("^"), __bclear: op("&^"), __shl: op("<<"), __shr: op(">>")}
v := setmetatable({name: "v"}, mt)
print(v & 1, 1 | v, v ^ v)      // expect: v&1	1|v	v^v
print(v &^ 2, v << 3, 4 >> v)   // expect: v&^2	v<<3	4>>v
