var a = 1
func get_a() { return a }
func get_b() { return b }
a, b := 10, 20
print(a, b)             // expect: 10	20
print(get_a(), get_b()) // expect: 1	20
