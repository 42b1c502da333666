x := 1
x++
x++
x--
print(x) // expect: 2
t := {n: 1, 5}
t.n++
t[1]--
print(t.n, t[1]) // expect: 2	4
f := 1.5
f++
print(f) // expect: 2.5
