func classify(n) {
    var odd
    func even(n) { if n == 0 { return true }; return odd(n - 1) }
    func odd(n) { if n == 0 { return false }; return even(n - 1) }
    return even(n)
}
print(classify(10), classify(7)) // expect: true	false
