for i := range 3 {
    switch { case i == 1: continue }
    print(i)
}
// expect: 0
// expect: 2
