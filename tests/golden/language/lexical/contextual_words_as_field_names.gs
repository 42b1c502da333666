t := {const: 1, defer: 2, select: 3, switch: 4, case: 5, default: 6}
print(t.const, t.defer, t.select, t.switch, t.case, t.default) // expect: 1	2	3	4	5	6
func t:select(n) { return n + 1 }
t:select(1)
print(t:select(41)) // expect: 42
