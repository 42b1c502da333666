func f(n) {
    if n > 0 { return "positive" }
    for i := range 3 { if i == 1 { return "from loop " .. i } }
    return "dead"
}
print(f(1), f(0)) // expect: positive	from loop 1
