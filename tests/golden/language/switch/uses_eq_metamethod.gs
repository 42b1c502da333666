mt := {__eq: func(a, b) { return a.n == b.n }}
a := setmetatable({n: 1}, mt)
b := setmetatable({n: 1}, mt)
switch a { case b: print("equal") } // expect: equal
