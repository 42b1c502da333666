for i, get := 0, nil; i < 2; i++ {
    if get == nil { get = func() { return i } }
    print(i, get())
}
// expect: 0	0
// expect: 1	0
