for i := range 2 {
    switch i {
    case 0:
        if true { break }
        print("never")
    default:
        print("default")
    }
    print("after", i)
}
// expect: after	0
// expect: default
// expect: after	1
