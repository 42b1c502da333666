print(0.1 + 0.2)               // expect: 0.30000000000000004
print(1/3)                     // expect: 0.3333333333333333
print(2/3)                     // expect: 0.6666666666666666
print(100/3)                   // expect: 33.333333333333336
x := 0.1 + 0.7
print(tonumber(tostring(x)) == x) // expect: true
