print(1 + 2 * 3)          // expect: 7
print((1 + 2) * 3)        // expect: 9
print(2 * 3 ** 2)         // expect: 18.0
print(1 + 2 .. 3 + 4)     // expect: 37
print("a" .. "b" == "ab") // expect: true
print(1 < 2 == true)      // expect: true
print(1 == 1 && 2 == 3)   // expect: false
print(true || false && false) // expect: true
