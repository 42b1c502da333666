outer:
for i := range 3 {
    for j := range 3 {
        if j == 1 && i == 1 { break outer }
        print(i, j)
    }
}
// expect: 0	0
// expect: 0	1
// expect: 0	2
// expect: 1	0
