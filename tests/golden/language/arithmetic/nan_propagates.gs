nan := 0/0
print(nan + 1, nan * 0, -nan, nan ** 0) // expect: NaN	NaN	NaN	1.0
