func deep(n) {
    if n == 0 { return 0 }
    result := 0
    table.sort({1, 2}, func(a, b) { if result == 0 { result = deep(n - 1) + 1 }; return a < b })
    return result
}
print(deep(199)) // expect: 199
