func make_one() { x := 1; return func() { return x } }
print(make_one() == make_one()) // expect: false
fs := {}
for i := 1; i <= 2; i++ { fs[i] = func() { return i } }
print(fs[1] == fs[2]) // expect: false
print(print == print) // expect: true
