// Goroutines load code with the same new global at once: it is one variable in all of it.
for round := 1; round <= 400; round++ {
    name := "fresh" .. round
    ready := sync.atomic(0)
    done := make(chan, 2)
    for g := 1; g <= 2; g++ {
        go func() {
            ready:add(1)
            for ready:load() < 2 { }
            done <- load(name .. " = (" .. name .. " || 0) + 1; return " .. name)
        }()
    }
    chunks, last := {}, 0
    for g := 1; g <= 2; g++ { chunks[g] = <-done }
    for _, chunk := range chunks { last = chunk() }
    if last != 2 { error(name .. " is " .. last) }
}
print("ok") // expect: ok
