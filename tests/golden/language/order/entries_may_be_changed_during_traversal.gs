t := {1, 2, a: 3}
for k, v := range t { t[k] = v * 10 }
print(t[1], t[2], t.a) // expect: 10	20	30
