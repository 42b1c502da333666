print(math.floor(3.7), math.floor(-3.2), math.floor(5))  // expect: 3	-4	5
print(math.ceil(3.2), math.ceil(-3.7), math.ceil(-0.5))  // expect: 4	-3	0
print(math.trunc(3.7), math.trunc(-3.7))                 // expect: 3	-3
print(math.floor(1e300), math.ceil(-math.huge))          // expect: 1e+300	-Inf
print(math.floor(2.0**62), math.floor(-2.0**63))         // expect: 4611686018427387904	-9223372036854775808
print(math.type(math.floor(2.0**63)))                    // expect: float
nan := math.floor(0.0 / 0.0)
print(nan != nan)                                        // expect: true
print(math.floor(math.maxinteger))                       // expect: 9223372036854775807
