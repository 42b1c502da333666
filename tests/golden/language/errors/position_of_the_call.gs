func f() {
    x := 1
    missing(
        x,
        2
    )
}
print(pcall(f)) // expect: false	position_of_the_call.gs:3: attempt to call a nil value (global 'missing')
