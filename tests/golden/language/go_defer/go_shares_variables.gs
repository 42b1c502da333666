done := make(chan)
n := 0
func f() {
    local := 0
    go func() { local = 5; n = 7; done <- true }()
    <-done
    return local
}
print(f(), n) // expect: 5	7
