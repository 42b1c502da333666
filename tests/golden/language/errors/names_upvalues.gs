func f() {
    var x
    return func() { return x.y }, func() { return -x }, func() { x(1) }
}
index, minus, call := f()
print(pcall(index)) // expect: false	names_upvalues.gs:3: attempt to index a nil value (upvalue 'x')
print(pcall(minus)) // expect: false	names_upvalues.gs:3: attempt to perform arithmetic on a nil value (upvalue 'x')
print(pcall(call))  // expect: false	names_upvalues.gs:3: attempt to call a nil value (upvalue 'x')
