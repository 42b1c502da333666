outer: for i := 0; i < 3; i++ {
    for j := range 3 {
        if j == 1 { continue outer }
        print(i, j)
    }
}
// expect: 0	0
// expect: 1	0
// expect: 2	0
