func f(n) {
    if n == 1 { return "one" } else if n == 2 { return "two" } elseif n == 3 { return "three" } else if n == 4 { return "four" } else { return "many" }
}
print(f(1), f(2), f(3), f(4), f(5)) // expect: one	two	three	four	many
