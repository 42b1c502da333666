t := {}
t[1.0] = "one"
t[2 ** 53] = "big"
print(t[1], #t)              // expect: one	1
print(t[9007199254740992])   // expect: big
t[-0.0] = "zero"
print(t[0], t[0.0])          // expect: zero	zero
for k, _ := range {[3.0]: 1} { print(k, math.type(k)) } // expect: 3	integer
