print(5 % 0.0, 5.0 % 0, 0.0 % 0.0) // expect: NaN	NaN	NaN
