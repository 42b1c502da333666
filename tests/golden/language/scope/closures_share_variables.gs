func make_counter() {
    n := 0
    return func() { n++; return n }, func() { return n }
}
inc, get := make_counter()
inc()
inc()
print(get()) // expect: 2
inc2, get2 := make_counter()
print(inc2(), get2(), get()) // expect: 1	1	2
