t := {}
for i := 1; i <= 300; i++ { t["k" .. i] = i }
sum := 0
for i := 1; i <= 300; i++ { sum += t["k" .. i] }
print(sum, t.k300, t.k301) // expect: 45150	300	nil
for i := 1; i <= 299; i++ { t["k" .. i] = nil }
n := 0
for k, v := range t { n++; print(k, v) } // expect: k300	300
print(n) // expect: 1
