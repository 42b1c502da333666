print(math.abs(-3), math.abs(3.5), math.abs(-0.0))       // expect: 3	3.5	0.0
print(math.abs(math.mininteger) == math.mininteger)      // expect: true
print(math.abs("-7"))                                    // expect: 7
print(pcall(math.abs, {}))                               // expect: false	abs.gs:4: bad argument #1 to 'math.abs' (number expected, got table)
print(pcall(math.abs))                                   // expect: false	abs.gs:5: bad argument #1 to 'math.abs' (number expected, got no value)
