print(math.isnan(0.0 / 0.0), math.isnan(1))             // expect: true	false
print(math.isinf(math.huge), math.isinf(-math.huge), math.isinf(1)) // expect: true	true	false
print(math.ult(1, 2), math.ult(-1, 2), math.ult(2, -1)) // expect: true	false	true
