// Closures: counters with private state, composition and currying.
func counter(step) {
    n := 0
    return func() {
        n += step
        return n
    }
}

func account(balance) {
    func deposit(v) {
        balance += v
    }
    func read() {
        return balance
    }
    return deposit, read
}

func compose(f, g) {
    return func(x) { return f(g(x)) }
}

func adder(n) {
    return func(x) { return x + n }
}

func run(n) {
    sum := 0
    tick := counter(3)
    deposit, read := account(0)
    twice := compose(adder(1), adder(2))
    for i := 1; i <= n; i++ {
        sum += tick() % 7
        deposit(i % 5)
        sum += twice(i) % 11
        // A fresh closure in every iteration.
        f := adder(i)
        sum += f(1) % 3
    }
    return sum + read()
}

print(string.format("%d", run(3500000)))
