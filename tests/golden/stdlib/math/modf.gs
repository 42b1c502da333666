print(math.modf(3.5))          // expect: 3	0.5
print(math.modf(-3.5))         // expect: -3	-0.5
print(math.modf(7))            // expect: 7	0.0
print(math.modf(math.huge))    // expect: +Inf	0.0
print(math.modf(1e300))        // expect: 1e+300	0.0
