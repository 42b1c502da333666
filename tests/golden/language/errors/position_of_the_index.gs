t := {}
func f() {
    return t
        .a
        .b
}
print(pcall(f)) // expect: false	position_of_the_index.gs:5: attempt to index a nil value (field 'a')
func g() {
    return t.a
        [1]
}
print(pcall(g)) // expect: false	position_of_the_index.gs:10: attempt to index a nil value (field 'a')
