jobs, quit := make(chan), make(chan)
go func() {
    for i := range 3 { jobs <- i }
    close(quit)
}()
sum := 0
func work() {
    for {
        select {
        case j := <-jobs: sum += j
        case <-quit: return "quit"
        }
    }
}
print(work(), sum) // expect: quit	3
