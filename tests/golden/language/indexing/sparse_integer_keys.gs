t := {}
t[1000000] = "far"
t[-1000000] = "near"
t[math.maxinteger] = "max"
t[math.mininteger] = "min"
print(t[1000000], t[-1000000], t[math.maxinteger], t[math.mininteger]) // expect: far	near	max	min
print(t[1], t[999999]) // expect: nil	nil
