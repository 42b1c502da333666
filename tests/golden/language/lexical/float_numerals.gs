print(1., .5, 1.5)       // expect: 1.0	0.5	1.5
print(1e3, 1E3, 1e+3)    // expect: 1000.0	1000.0	1000.0
print(25e-2, 1.5e1, .5e1) // expect: 0.25	15.0	5.0
print(1.e1)              // expect: 10.0
print(math.type(1e0), math.type(1)) // expect: float	integer
