limit := 3
n := 0
for i := 0; i < limit; i++ {
    n++
    if i == 1 { limit = 5 }
}
print(n) // expect: 5
t := {1, 2, 3}
for i := 1; i <= #t; i++ { t[#t] = nil }
print(#t) // expect: 1
