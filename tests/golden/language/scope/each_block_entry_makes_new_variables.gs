fs := {}
i := 1
for i <= 3 {
    n := i * 10
    fs[i] = func() { n++; return n }
    i++
}
print(fs[1](), fs[1](), fs[2](), fs[3]()) // expect: 11	12	21	31
