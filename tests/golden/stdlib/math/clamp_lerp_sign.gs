print(math.clamp(5, 1, 3), math.clamp(0, 1, 3), math.clamp(2, 1, 3)) // expect: 3	1	2
print(math.clamp(5, 1, 3.5), math.clamp(2, 1, 3.5))                  // expect: 3.5	2.0
print(math.lerp(0, 10, 0.25), math.lerp(2, 4, 2))                    // expect: 2.5	6.0
print(math.sign(-5), math.sign(0), math.sign(2.5), math.sign(-0.0))  // expect: -1	0	1	0
print(math.sign(0.0 / 0.0))                                          // expect: 0
