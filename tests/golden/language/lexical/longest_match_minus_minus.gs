a := 5
b := 2
print(a - -b) // expect: 7
print(a- -b)  // expect: 7
print(-(-b))  // expect: 2
