print(math.sqrt(16), math.exp(0))                          // expect: 4.0	1.0
print(math.sin(0), math.cos(0), math.tan(0))               // expect: 0.0	1.0	0.0
print(math.asin(0), math.acos(1))                          // expect: 0.0	0.0
print(math.atan(1) * 4 == math.pi, math.atan(1, -1) > 2.35) // expect: true	true
print(math.atan(0, -1) == math.pi)                         // expect: true
print(math.pow(2, 10), math.hypot(3, 4), math.hypot(1e300, 1e300) < math.huge) // expect: 1024.0	5.0	true
print(math.deg(math.pi), math.rad(180) == math.pi)         // expect: 180.0	true
nan := math.sqrt(-1)
print(nan != nan)                                          // expect: true
