x := -3
print(x < -1) // expect: true
print(x< -1)  // expect: true
