print(0.0001)    // expect: 0.0001
print(1e-5)      // expect: 0.00001
print(1.25e-5)   // expect: 0.0000125
print(9.9e-6)    // expect: 9.9e-06
print(2.5e-7)    // expect: 2.5e-07
print(-1e-6)     // expect: -1e-06
