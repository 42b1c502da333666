print(math.log(1), math.log(8, 2), math.log(1000, 10))   // expect: 0.0	3.0	3.0
print(math.log(0), math.log(1024, 2), math.log(1e15, 10)) // expect: -Inf	10.0	15.0
print(math.log(9, 3) > 1.99 && math.log(9, 3) < 2.01)    // expect: true
