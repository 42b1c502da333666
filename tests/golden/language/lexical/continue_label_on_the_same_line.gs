func again() { print("never") }
again:
for i := range 2 {
    for j := range 2 {
        if j == 0 {
            continue
            again()
        }
        print(i, j)
    }
}
// expect: 0	1
// expect: 1	1
