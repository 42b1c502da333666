for _, piece := range {"(", "{", "- ", "func() { return ", "if true {", "x[", "f(", "1 .. ", "2 ** ", "! "} {
    f, e := load("return " .. piece:rep(100000))
    print(f, type(e))
}
// expect: nil	string
// expect: nil	string
// expect: nil	string
// expect: nil	string
// expect: nil	string
// expect: nil	string
// expect: nil	string
// expect: nil	string
// expect: nil	string
// expect: nil	string
