// Recursion without a loop lets other goroutines run, compiled or not. (These calls would take longer than the world lasts.)
func f(n) {
    if n > 0 {
        f(n - 1)
        f(n - 1)
    }
}
go func() { error("stop") }()
f(100)
// expect runtime error: stop
