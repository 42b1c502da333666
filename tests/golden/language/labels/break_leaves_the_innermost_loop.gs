for i := range 2 {
    for j := range 5 { if j == 1 { break }; print(i, j) }
}
// expect: 0	0
// expect: 1	0
