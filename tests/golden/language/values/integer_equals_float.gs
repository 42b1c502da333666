print(1 == 1.0)                        // expect: true
t := {}
t[1] = "int"
t[1.0] = "float"
print(t[1], #t)                        // expect: float	1
print(math.type(1), math.type(1.0))    // expect: integer	float
