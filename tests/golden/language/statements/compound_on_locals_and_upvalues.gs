func f() {
    n := 1
    add := func(k) { n += k }
    add(5)
    n *= 2
    add(1)
    return n
}
print(f()) // expect: 13
