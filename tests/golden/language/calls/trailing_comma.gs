func f(a, b,) { return a, b }
print(f(1, 2,)) // expect: 1	2
print(f(
    3,
    4,
))
// expect: 3	4
