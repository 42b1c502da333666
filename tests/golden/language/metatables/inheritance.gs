Base := {}
Base.__index = Base
func Base:who() { return "base " .. self.n }
func Base:both() { return self:who() }
Derived := setmetatable({}, {__index: Base})
Derived.__index = Derived
func Derived:who() { return "derived " .. self.n }
d := setmetatable({n: 1}, Derived)
b := setmetatable({n: 2}, Base)
print(d:who(), d:both(), b:both()) // expect: derived 1	derived 1	base 2
