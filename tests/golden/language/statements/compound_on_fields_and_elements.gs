t := {n: 1, list: {10, 20}}
t.n += 5
t.list[2] *= 3
t["n"] -= 1
print(t.n, t.list[2]) // expect: 5	60
