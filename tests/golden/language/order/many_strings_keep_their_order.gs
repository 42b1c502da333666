t := {}
for i := 1; i <= 200; i++ { t["key" .. i] = i }
i := 0
ok := true
for k, v := range t {
    i++
    if v != i || k != "key" .. i { ok = false }
}
print(i, ok) // expect: 200	true
