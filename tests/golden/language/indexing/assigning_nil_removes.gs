t := {1, 2, a: 3}
t.a = nil
t[2] = nil
t.never = nil
print(t.a, t[2], #t) // expect: nil	nil	1
n := 0
for k, v := range t { n++ }
print(n) // expect: 1
