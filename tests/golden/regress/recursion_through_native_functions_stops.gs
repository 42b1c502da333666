// Calls that native functions make are safepoints like all others: goroutines get their turn while recursion goes through
// library functions alone, however long that takes. (These calls would take longer than the world lasts.)
turns := 0
go func() { turns++; error("stop") }()
func f() {
    pcall(f)
    pcall(f)
}
f()
// expect runtime error: stop
