// A constant modulo a variable that the compiler knows to be zero.
for i := 0; i < 3; i++ {
    print(pcall(func() {
        w := 0
        for w < 1 && 1 % w != 0 { w++ }
    }))
}
// expect: false	constants_modulo_zero.gs:5: attempt to perform 'n%0'
// expect: false	constants_modulo_zero.gs:5: attempt to perform 'n%0'
// expect: false	constants_modulo_zero.gs:5: attempt to perform 'n%0'
