const a = 1 + 2
const t = {n: 1}
const x, y = (func() { return 5, 6 })()
t.n = 2
print(a, t.n, x, y) // expect: 3	2	5	6
