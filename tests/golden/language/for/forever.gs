n := 0
for {
    n++
    if n == 3 { break }
}
print(n) // expect: 3
