t := setmetatable({}, {__metatable: "locked"})
print(getmetatable(t)) // expect: locked
print(pcall(func() { setmetatable(t, {}) }))  // expect: false	protected_metatable.gs:3: cannot change a protected metatable
print(pcall(func() { setmetatable(t, nil) })) // expect: false	protected_metatable.gs:4: cannot change a protected metatable
