t := {}
done := make(chan)
for i := 1; i <= 4; i++ { go func() { t["k" .. i] = i; done <- true }(); <-done }
print(t.k1 + t.k2 + t.k3 + t.k4) // expect: 10
