done := make(chan)
total := 0
func add(n) { total += n; done <- true }
for i := 1; i <= 5; i++ {
    go add(i)
    <-done
}
print(total) // expect: 15
