print(1e100)      // expect: 1e+100
print(2 ** 70)    // expect: 1.1805916207174113e+21
print(1e-300)     // expect: 1e-300
print(5e-324)     // expect: 5e-324
print(1.7976931348623157e308) // expect: 1.7976931348623157e+308
