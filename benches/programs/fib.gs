// Doubly recursive Fibonacci: the cost of a call and of a small integer comparison.
func fib(n) {
    if n < 2 { return n }
    return fib(n - 1) + fib(n - 2)
}

print(string.format("%d", fib(37)))
