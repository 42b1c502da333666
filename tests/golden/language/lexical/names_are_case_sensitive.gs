value := 1
Value := 2
print(value, Value, VALUE) // expect: 1	2	nil
