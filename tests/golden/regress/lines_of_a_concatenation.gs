func f(x, y, z) {
    return x
        .. y
        ..
        z .. "c"
        .. "d"
}
print(f(1, 2, 3)) // expect: 123cd
print(pcall(f, {}, 1, 2)) // expect: false	lines_of_a_concatenation.gs:3: attempt to concatenate a table value (local 'x')
print(pcall(f, 1, {}, 2)) // expect: false	lines_of_a_concatenation.gs:4: attempt to concatenate a table value (local 'y')
print(pcall(f, 1, 2, {})) // expect: false	lines_of_a_concatenation.gs:5: attempt to concatenate a table value (local 'z')
func g(x, y, z) {
    s := "s"
    s ..= x
        .. y
        .. z
    return s
}
print(g(1, 2, 3)) // expect: s123
print(pcall(g, {}, 1, 2)) // expect: false	lines_of_a_concatenation.gs:15: attempt to concatenate a table value (local 'x')
print(pcall(g, 1, {}, 2)) // expect: false	lines_of_a_concatenation.gs:16: attempt to concatenate a table value (local 'y')
print(pcall(g, 1, 2, {})) // expect: false	lines_of_a_concatenation.gs:16: attempt to concatenate a table value (local 'z')
