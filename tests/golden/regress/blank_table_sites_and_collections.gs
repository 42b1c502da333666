// A literal looks at its first table when it makes the second; collections in between must not lose what is in either.
func make(n) {
    t := {}
    for i := 1; i <= n; i++ { t["k" .. i] = i }
    return t
}
first := make(5)
garbage := 0
for i := 1; i <= 2000; i++ { garbage += #("x" .. i) }
collectgarbage()
second := make(5)
third := make(40)
print(first.k5, second.k5, third.k40, garbage)  // expect: 5	5	40	8893
