// The longest Collatz sequence from a start below a limit.
func steps(n) {
    count := 0
    for n != 1 {
        if n % 2 == 0 {
            n = math.floor(n / 2)
        } else {
            n = 3 * n + 1
        }
        count++
    }
    return count
}

var best, best_steps, total = 1, 0, 0
for i := 1; i <= 300000; i++ {
    s := steps(i)
    total += s
    if s > best_steps {
        best, best_steps = i, s
    }
}
print(string.format("%d %d %d", best, best_steps, total))
