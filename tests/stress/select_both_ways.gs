// Selects with several cases in both directions, against each other and against plain operations.
chans := {}
for i := 1; i <= 5; i++ { chans[i] = make(chan, (i - 1) % 3) }
sent, got := sync.atomic(0), sync.atomic(0)
sumS, sumG := sync.atomic(0), sync.atomic(0)
quit := make(chan)
wg := sync.waitgroup()
for g := range 4 {
    wg:run(func() {
        for i := range 1200 {
            v := g * 10000 + i
            a, b, c := chans[i % 5 + 1], chans[(i + 1) % 5 + 1], chans[(i + 2) % 5 + 1]
            select {
            case a <- v: sent:add(1); sumS:add(v)
            case b <- v: sent:add(1); sumS:add(v)
            case x := <-c: got:add(1); sumG:add(x)
            }
        }
    })
}
for g := range 3 {
    go func() {
        for {
            select {
            case x, ok := <-chans[1]: if ok { got:add(1); sumG:add(x) }
            case x := <-chans[2]: got:add(1); sumG:add(x)
            case x := <-chans[3]: got:add(1); sumG:add(x)
            case x := <-chans[4]: got:add(1); sumG:add(x)
            case x := <-chans[5]: got:add(1); sumG:add(x)
            case <-quit: return
            }
        }
    }()
}
// Feeds those that chose to receive.
stop := sync.atomic(0)
fed := make(chan)
go func() {
    for stop:load() == 0 {
        select {
        case chans[1] <- 1: sent:add(1); sumS:add(1)
        default: time.sleep(0)
        }
    }
    close(fed)
}()
wg:wait()
stop:store(1)
<-fed
// Whoever has received counts what he has got a moment later.
for sent:load() != got:load() || sumS:load() != sumG:load() { time.sleep(0.001) }
close(quit)
print("ok") // expect: ok
