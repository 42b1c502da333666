func iter(s, c) {
    print("called", s, c)
    if c == nil { return 1 }
}
for x := range iter { print(x) }
// expect: called	nil	nil
// expect: 1
// expect: called	nil	1
