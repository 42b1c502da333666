func make_table() { return {n: 0} }
a, b := make_table(), make_table()
a.n = 1
print(a.n, b.n, a == b) // expect: 1	0	false
