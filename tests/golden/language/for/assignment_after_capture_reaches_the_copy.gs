fs := {}
for i := 1; i <= 6; i++ {
    fs[#fs + 1] = func() { return i }
    i++
}
print(#fs, fs[1](), fs[2](), fs[3]()) // expect: 3	2	4	6
