print(math.type(1), math.type(1.0), math.type("1"), math.type(nil)) // expect: integer	float	false	false
print(math.tointeger(3.0), math.tointeger(3.5), math.tointeger("3"), math.tointeger(7)) // expect: 3	nil	nil	7
print(math.tointeger(2.0**63), math.tointeger({}))                  // expect: nil	nil
print(pcall(math.type))                                             // expect: false	type_and_tointeger.gs:4: bad argument #1 to 'math.type' (value expected)
