print(1e15 .. "")    // expect: 1000000000000000.0
print(2.0 .. "|" .. 2) // expect: 2.0|2
print(-0.0 .. "")    // expect: -0.0
print(1e16 .. "")    // expect: 1e+16
