v := setmetatable({}, {__concat: func(a, b) { return type(a) .. "/" .. type(b) }})
print(v .. nil, true .. v, {} .. v) // expect: table/nil	boolean/table	table/table
