func f(...) {
    sum := 0
    for i := 1; i <= #...; i++ { sum += ...[i] }
    return sum, ...[#...], ...[1 + 1]
}
print(f(10, 20, 30)) // expect: 60	30	20
