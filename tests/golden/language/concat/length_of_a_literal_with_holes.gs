print(#{1, nil, 3})       // expect: 3
print(#{nil, nil, 3})     // expect: 3
print(#{nil, 2})          // expect: 2
t := {nil, 2, x: 1}
t.y = 5
print(#t)                 // expect: 2
func f(...) { return #{...} }
print(f(1, nil, nil, 4))  // expect: 4
