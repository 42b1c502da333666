// Mutually recursive functions: Hofstadter's sequences and a parity test.

func female(n) {
    if n == 0 { return 1 }
    return n - male(female(n - 1))
}

func male(n) {
    if n == 0 { return 0 }
    return n - female(male(n - 1))
}

func is_even(n) {
    if n == 0 { return true }
    return is_odd(n - 1)
}

func is_odd(n) {
    if n == 0 { return false }
    return is_even(n - 1)
}

var sum = 0
for i := 1; i <= 480; i++ {
    sum = sum + female(i % 60) + male(i % 55)
}

var evens = 0
for i := 1; i <= 8000; i++ {
    if is_even(i) { evens++ }
}
print(string.format("%d %d", sum, evens))
