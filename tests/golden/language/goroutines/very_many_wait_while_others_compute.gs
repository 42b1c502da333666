// Ten thousand goroutines sleep, read files and wait for channels, while others compute without end.
// skip gc-stress: ten thousand goroutines are looked through at every safepoint
// skip gc-alloc: ten thousand goroutines are looked through at every allocation
// skip tiny-young: each of a thousand collections waits for loops that other programs keep from their cores
// skip method-beside: likewise
for i := range 2 { go func() { x := i; for { x++ } }() }

const EACH = 2500
wg := sync.waitgroup()
gate := make(chan)
numbers := make(chan, 10)
slept := sync.atomic(0)
seen := sync.atomic(0)
read := sync.atomic(0)
path := os.tmpname()
f := io.open(path, "w")
f:write("some text")
f:close()

for i := range EACH {
    wg:run(func() { time.sleep(0.001 + i % 10 / 1000); slept:add(1) })
    wg:run(func() { <-gate; seen:add(1) })
    wg:run(func() { numbers <- i })
    wg:run(func() {
        if i % 10 != 0 { seen:add(<-numbers); return }
        f := io.open(path)
        read:add(#f:read("a"))
        f:close()
    })
}
for i := range EACH / 10 { seen:add(<-numbers) }
close(gate)
wg:wait()
os.remove(path)
print(slept:load()) // expect: 2500
print(seen:load() == EACH + EACH * (EACH - 1) / 2) // expect: true
print(read:load()) // expect: 2250
