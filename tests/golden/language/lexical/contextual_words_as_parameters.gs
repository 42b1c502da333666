func f(const, defer, switch, case, default) {
    return const .. defer .. switch .. case .. default
}
print(f(1, 2, 3, 4, 5)) // expect: 12345
