print(1 < 2, 2 < 1, 1 <= 1, 1 < 1)      // expect: true	false	true	false
print(2 > 1, 1 >= 1, 1 > 1, 1 >= 2)     // expect: true	true	false	false
print(1 < 1.5, 1.5 <= 1, -1 < -0.5)     // expect: true	false	true
print(1/0 > math.maxinteger, -1/0 < math.mininteger) // expect: true	true
