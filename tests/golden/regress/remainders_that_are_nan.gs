// Remainders of floats that are no numbers, kept raw: in variables of loops, in lists of floats, as results.
func rest(a, b) { return a % b }
func chain(x, n) {
    for i := 1; i <= n; i++ { x = x % 10 + 0.5 }
    return x
}
func fill(list, x, y) {
    for i := 1; i <= 4; i++ { list[i] = (x + i) % y }
    return list
}
inf := 1 / 0
nan := inf - inf
for round := 1; round <= 400; round++ {
    rest(round + 0.5, 2.0)
    chain(round * 1.5, 3)
    fill({1.5, 2.5, 3.5, 4.5}, round * 0.5, 3.0)
}
shown := func(x) { return x != x && "no number" || x }
print(shown(rest(1.5, 0.0)), shown(rest(inf, 2.0)), shown(rest(nan, 2.0)), shown(rest(1.5, nan))) // expect: no number	no number	no number	no number
print(shown(chain(inf, 3)), shown(chain(-nan, 2)), chain(-1.5, 1), chain(-0.5, 2)) // expect: no number	no number	9.0	0.5
list := fill({1.5, 2.5, 3.5, 4.5}, 0.5, 0.0)
print(#list, shown(list[1]), shown(list[4]), shown(list[5])) // expect: 4	no number	no number	nil
print(#fill({1.5, 2.5, 3.5, 4.5}, inf, 2.0), #fill({1.5, 2.5, 3.5, 4.5}, nan, 2.0)) // expect: 4	4
