// A worker that went to sleep before there was a timer does not see to it, when the one that would is given work.
for round := range 8 {
    a := sync.atomic(0)
    func spin() { for a:load() == 0 { } }
    wg := sync.waitgroup()
    for i := range 3 { wg:run(func() { time.sleep(0.001) }) }
    wg:wait()
    go func() { time.sleep(0.004); a:store(1) }()
    time.sleep(0.001)
    wg:run(spin)
    if round % 2 == 0 { wg:run(spin) }
    spin()
    wg:wait()
}
print("done") // expect: done
