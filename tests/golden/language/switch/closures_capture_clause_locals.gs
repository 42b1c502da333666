fs := {}
for i := range 3 {
    switch i {
    case 0: n := "zero"; fs[#fs + 1] = func() { return n .. i }
    default: n := "other"; fs[#fs + 1] = func() { return n .. i }
    }
}
print(fs[1](), fs[2](), fs[3]()) // expect: zero0	other1	other2
