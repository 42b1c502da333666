print(7.0 + 3, 7 - 3.0, 7.5 * 2) // expect: 10.0	4.0	15.0
print(-1.5)                      // expect: -1.5
print(1 + 1.0, math.type(1 * 1.0)) // expect: 2.0	float
