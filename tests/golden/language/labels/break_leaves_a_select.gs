for i := range 2 {
    select {
    default:
        if i == 0 { break }
        print("default")
    }
    print("after", i)
}
// expect: after	0
// expect: default
// expect: after	1
