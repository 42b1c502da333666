print(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3)) // expect: 1	-1	1
print(math.fmod(5.5, 2), math.fmod(-5.5, 2))               // expect: 1.5	-1.5
print(math.fmod(math.mininteger, -1))                      // expect: 0
print(pcall(math.fmod, 1, 0))                              // expect: false	fmod.gs:4: bad argument #2 to 'math.fmod' (zero)
nan := math.fmod(1, 0.0)
print(nan != nan)                                          // expect: true
