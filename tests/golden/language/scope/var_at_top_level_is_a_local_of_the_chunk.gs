func before() { return v }
var v = 1
func after() { return v }
print(before(), after()) // expect: nil	1
v = 2
print(before(), after()) // expect: nil	2
