t := {a: nil, b: 1}
n := 0
for k, v := range t { n++; print(k, v) } // expect: b	1
print(n) // expect: 1
