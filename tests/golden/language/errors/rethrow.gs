func f() {
    ok, e := pcall(func() { nothing.x = 1 })
    error(e)
}
print(pcall(f)) // expect: false	rethrow.gs:2: attempt to index a nil value (global 'nothing')
