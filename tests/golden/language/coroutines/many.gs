sum := 0
cos := {}
for i := 1; i <= 500; i++ { cos[i] = coroutine.wrap(func() { for { coroutine.yield(i) } }) }
for range 2 { for _, co := range cos { sum += co() } }
print(sum) // expect: 250500
