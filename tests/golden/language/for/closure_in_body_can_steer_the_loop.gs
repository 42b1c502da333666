n := 0
for i := 0; i < 10; i++ {
    skip := func() { i += 4 }
    skip()
    n++
}
print(n) // expect: 2
