t := {1 -2, "a" .. "b" "c"}
print(#t, t[1], t[2], t[3]) // expect: 3	-1	ab	c
