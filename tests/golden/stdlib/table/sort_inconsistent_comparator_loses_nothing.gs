t := {}
for i := 1; i <= 500; i++ { t[i] = i }
table.sort(t, func(a, b) { return true })
seen, n := {}, 0
for _, v := range ipairs(t) {
    if !seen[v] { n++ }
    seen[v] = true
}
print(#t, n) // expect: 500	500
x := 1
table.sort(t, func(a, b) { x = (x * 1103515245 + 12345) % 2147483648; return x % 3 == 0 })
seen, n = {}, 0
for _, v := range ipairs(t) { seen[v] = true }
for _, _ := range pairs(seen) { n++ }
print(#t, n) // expect: 500	500
