print(nil && 1 || 2)        // expect: 2
print(1 || 2 && nil)        // expect: 1
print(false || nil && 1)    // expect: nil
print(1 && 2 && 3)          // expect: 3
