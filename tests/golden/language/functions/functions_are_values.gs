func apply(f, ...) { return f(...) }
print(apply(func(a, b) { return a * b }, 6, 7)) // expect: 42
ops := {add: func(a, b) { return a + b }}
print(apply(ops.add, 1, 2))                     // expect: 3
print(apply(math.max, 3, 9, 4))                 // expect: 9
