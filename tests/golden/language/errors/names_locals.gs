func f() {
    var x
    return x.y
}
print(pcall(f)) // expect: false	names_locals.gs:3: attempt to index a nil value (local 'x')
func g(p) { p() }
print(pcall(g)) // expect: false	names_locals.gs:6: attempt to call a nil value (local 'p')
func h(a, b) { return a + b }
print(pcall(h, 1)) // expect: false	names_locals.gs:8: attempt to perform arithmetic on a nil value (local 'b')
func i(a) { return #a }
print(pcall(i, 5)) // expect: false	names_locals.gs:10: attempt to get length of a number value (local 'a')
