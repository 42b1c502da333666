// What a coroutine is doing is told to other goroutines as well, and where a goroutine's main one has ended.
go_on, asked := make(chan), make(chan)
inner := coroutine.create(func() { asked <- 1; <-go_on; coroutine.yield() })
outer := coroutine.create(func() { coroutine.resume(inner); coroutine.yield() })
var main
go func() { main = coroutine.running(); coroutine.resume(outer); asked <- 2 }()
<-asked
print(coroutine.status(outer), coroutine.status(inner), coroutine.status(main)) // expect: normal	running	normal
print(coroutine.resume(outer)) // expect: false	cannot resume normal coroutine
print(coroutine.resume(inner)) // expect: false	cannot resume running coroutine
print(pcall(coroutine.close, inner)) // expect: false	status_from_another_goroutine.gs:11: cannot close a running coroutine
go_on <- 1
<-asked
for coroutine.status(main) != "dead" { time.sleep(0.001) }
print(coroutine.status(outer), coroutine.status(inner), coroutine.status(main)) // expect: suspended	suspended	dead
