// Many goroutines begin and end; some start others.
n := sync.atomic(0)
wg := sync.waitgroup()
for g := range 3000 {
    wg:run(func(a, b) {
        if a != g || b != "x" .. g { error("bad arguments") }
        n:add(1)
        if g % 10 == 0 { for k := range 5 { wg:run(func() { n:add(1) }) } }
    }, g, "x" .. g)
}
wg:wait()
if n:load() != 4500 { error("lost " .. n:load()) }
// A ring.
first := make(chan)
left := first
for i := range 200 {
    right := make(chan)
    go func(l, r) { for v := range l { r <- v + 1 }; close(r) }(left, right)
    left = right
}
go func() { for i := range 20 { first <- i }; close(first) }()
k := 0
for v := range left { if v != k + 200 { error("bad ring") }; k++ }
if k != 20 { error("lost values") }
print("ok") // expect: ok
