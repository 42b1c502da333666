func f() {
    return 1
        +
        nil
}
print(pcall(f)) // expect: false	position_of_the_operator.gs:3: attempt to perform arithmetic on a nil value
func g() {
    return "a" .. "b"
        .. {}
}
print(pcall(g)) // expect: false	position_of_the_operator.gs:9: attempt to concatenate a table value
