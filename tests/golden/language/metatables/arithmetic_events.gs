func name(x) { if type(x) == "table" { return x.name }; return x }
func op(s) { return func(a, b) { return name(a) .. s .. name(b) } }
mt := {__add: op("+"), __sub: op("-"), __mul: op("*"), __div: op("/"), __mod: op("%"), __pow: op("**")}
v := setmetatable({name: "v"}, mt)
print(v + 1, 1 + v, v + v) // expect: v+1	1+v	v+v
print(v - 1, v * 2, v / 3) // expect: v-1	v*2	v/3
print(v % 4, v ** 5)       // expect: v%4	v**5
print("x" + v, v + "10")   // expect: x+v	v+10
