ch := make(chan)
co := coroutine.wrap(func() { coroutine.yield(1); return 2 })
print(co()) // expect: 1
go func() { ch <- co() }()
print(<-ch) // expect: 2
