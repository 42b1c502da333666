print("\12")     // expect: \12
print(#"\7x")    // expect: 3
