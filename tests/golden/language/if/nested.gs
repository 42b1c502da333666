func f(a, b) {
    if a {
        if b { return "both" } else { return "a" }
    } else {
        if b { return "b" }
    }
    return "none"
}
print(f(true, true), f(true), f(nil, true), f()) // expect: both	a	b	none
