print(1e15)                 // expect: 1000000000000000.0
print(9999999999999998.0)   // expect: 9999999999999998.0
print(-1e15)                // expect: -1000000000000000.0
print(1e16)                 // expect: 1e+16
print(-1e16)                // expect: -1e+16
print(12345678901234567890.0) // expect: 1.2345678901234567e+19
