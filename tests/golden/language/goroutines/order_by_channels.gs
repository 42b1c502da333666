// A send comes before its receive, a close before a receive that sees it, on a channel without a queue the receive before the end
// of the send, on one with a queue of n receive k before the end of send k + n.
box, ready := {}, make(chan)
go func() {
    for i := 1; i <= 1000; i++ { box[i] = {i} }
    ready <- true
}()
<-ready
sum := 0
for i := 1; i <= 1000; i++ { sum += box[i][1] }
print(sum)

flag, closed := 0, make(chan)
go func() { flag = 42; close(closed) }()
<-closed
print(flag)

value, handed := 0, make(chan)
go func() { value = 7; <-handed }()
handed <- true
print(value)

// A channel of capacity one excludes like a mutex.
key, count := make(chan, 1), 0
wg := sync.waitgroup()
for i := 1; i <= 8; i++ {
    wg:run(func() {
        for j := 1; j <= 500; j++ {
            key <- true
            count++
            <-key
        }
    })
}
wg:wait()
print(count)
// expect: 500500
// expect: 42
// expect: 7
// expect: 4000
