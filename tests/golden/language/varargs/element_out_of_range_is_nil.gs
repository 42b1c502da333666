func f(...) { return ...[0], ...[-1], ...[4], ...[1000000] }
print(f(1, 2, 3)) // expect: nil	nil	nil	nil
