// Key 0 is an element like others, and a table that never had it does not go on from it.
print(pcall(next, {}, 0)) // expect: false	next_of_a_key_never_there.gs:2: invalid key to 'next'
print(pcall(next, {}, 0.0)) // expect: false	next_of_a_key_never_there.gs:3: invalid key to 'next'
print(pcall(next, {a: 1}, 0)) // expect: false	next_of_a_key_never_there.gs:4: invalid key to 'next'
t := {}
t[0] = "zero"
t.a = 1
print(next(t, 0)) // expect: a	1
t[0] = nil
print(next(t, 0)) // expect: a	1
