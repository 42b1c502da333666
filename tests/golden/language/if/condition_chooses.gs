func f(n) { if n < 0 { return "neg" } elseif n == 0 { return "zero" } else { return "pos" } }
print(f(-1), f(0), f(1)) // expect: neg	zero	pos
