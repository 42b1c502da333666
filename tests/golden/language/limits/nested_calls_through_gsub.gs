func deep(n) {
    if n == 0 { return 0 }
    result := 0;
    ("x"):gsub("x", func() { result = deep(n - 1) + 1 })
    return result
}
print(deep(199)) // expect: 199
