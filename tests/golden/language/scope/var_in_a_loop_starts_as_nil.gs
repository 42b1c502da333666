for i := range 2 {
    var x
    print(x)
    x = i
}
// expect: nil
// expect: nil
