func f() { return 1, 2, 3 }
print(#{f(), x: 1})    // expect: 1
print(#{x: 1, f()})    // expect: 3
print(#{f(),})         // expect: 3
t := {x: f(), 9}
print(t.x, #t)         // expect: 1	1
