func f(a, b) { return a, b }
print(f())        // expect: nil	nil
print(f(1))       // expect: 1	nil
print(f(1, 2))    // expect: 1	2
print(f(1, 2, 3)) // expect: 1	2
