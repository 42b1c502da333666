// All functions are methods of strings, and strings share one metatable.
s := "Hello"
print(s:upper(), s:len(), ("%d!"):format(5)) // expect: HELLO	5	5!
print(getmetatable("").__index == string, s.upper == string.upper) // expect: true	true
func string.shout(s) { return s:upper() .. "!" }
print(s:shout()) // expect: HELLO!
