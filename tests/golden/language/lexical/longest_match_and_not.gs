a := 7
b := 2
print(a&^b)  // expect: 5
print(a & ^b) // expect: 5
print(a &^ b) // expect: 5
