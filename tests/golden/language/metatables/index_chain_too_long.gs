t := {}
setmetatable(t, {__index: t})
print(pcall(func() { return t.x })) // expect: false	index_chain_too_long.gs:3: '__index' chain too long; possible loop
