x := 6
x &= 3; print(x)   // expect: 2
x |= 5; print(x)   // expect: 7
x ^= 2; print(x)   // expect: 5
x <<= 3; print(x)  // expect: 40
x >>= 2; print(x)  // expect: 10
x &^= 2; print(x)  // expect: 8
