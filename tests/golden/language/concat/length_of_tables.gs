print(#{}, #{1, 2, 3}, #{a: 1})  // expect: 0	3	0
t := {}
t[1] = 1
t[2] = 2
t[0] = 0
t[-1] = 0
print(#t) // expect: 2
t[2] = nil
print(#t) // expect: 1
t[1] = nil
print(#t) // expect: 0
