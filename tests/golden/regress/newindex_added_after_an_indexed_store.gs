// The first metatable of a program that gets its __newindex after a site has stored through it.
func put(t, k, v) { t[k] = v }
mt := {}
t := setmetatable({}, mt)
put(t, 1, "a")
mt.__newindex = func(t, k, v) { rawset(t, k, "new " .. v) }
put(t, 2, "b")
put(t, "c", "d")
print(t[1], t[2], t.c) // expect: a	new b	new d
