t := setmetatable({n: 1}, {__call: func(self, a, ...) { return self.n, a, #... }})
print(t("x"))             // expect: 1	x	0
print(t("x", 1, 2))       // expect: 1	x	2
print(pcall(t, "y"))      // expect: true	1	y	0
obj := {m: t}
print(obj.m("z"))         // expect: 1	z	0
