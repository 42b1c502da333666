t := {}
for _, src := range {
    "return t + 1", "return -t", "return t & 1", "return 1.5 | 1", "return 1 << -1",
    "return 1 .. t", "return #5", "return 1 < \"1\"", "return t < t", "return (5).x",
    "t.a.b = 1", "return t()", "for k := range true {}", "return <-t", "return 1 % 0", "t[nil] = 1", "t[0/0] = 1",
} {
    ok, e := pcall(load(src, "c"))
    print(e)
}
// expect: c:1: attempt to perform arithmetic on a table value (global 't')
// expect: c:1: attempt to perform arithmetic on a table value (global 't')
// expect: c:1: attempt to perform bitwise operation on a table value (global 't')
// expect: c:1: number has no integer representation
// expect: c:1: negative shift count
// expect: c:1: attempt to concatenate a table value (global 't')
// expect: c:1: attempt to get length of a number value
// expect: c:1: attempt to compare number with string
// expect: c:1: attempt to compare two table values
// expect: c:1: attempt to index a number value
// expect: c:1: attempt to index a nil value (field 'a')
// expect: c:1: attempt to call a table value (global 't')
// expect: c:1: attempt to range over a boolean value
// expect: c:1: attempt to receive from a table value
// expect: c:1: attempt to perform 'n%0'
// expect: c:1: table index is nil
// expect: c:1: table index is NaN
