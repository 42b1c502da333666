fs := {}
outer: for i := 1; i <= 2; i++ {
    for j := 1; j <= 3; j++ {
        fs[#fs + 1] = func() { return i * 10 + j }
        if j == 2 { continue outer }
    }
}
print(#fs, fs[1](), fs[2](), fs[3](), fs[4]()) // expect: 4	11	12	21	22
