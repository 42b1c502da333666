func f(a, ...) { a = "changed"; return a, ... }
print(f(1, 2, 3)) // expect: changed	2	3
