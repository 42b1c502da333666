m := matrix.dense(1, 1)
m[0][0] = "2.5"
print(m[0][0])                                // expect: 2.5
print(pcall(func() { m[0][0] = {} }) == false) // expect: true
print(pcall(func() { m[0] = 1 }) == false)     // expect: true
m[0][0] = 0.0 / 0.0
print(m[0][0] != m[0][0])                     // expect: true
