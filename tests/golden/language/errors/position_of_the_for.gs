func f() {
    for k, v := range
        missing {
    }
}
print(pcall(f)) // expect: false	position_of_the_for.gs:2: attempt to range over a nil value (global 'missing')
