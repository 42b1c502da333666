fs := {}
for i := 1; i <= 3; i++ {
    fs[#fs + 1] = func() { i += 10; return i }
}
print(fs[1](), fs[1](), fs[2](), fs[3]()) // expect: 11	21	12	13
