func f(x) { return x * 2 }
v := f
(21)
print(v) // expect: 42
