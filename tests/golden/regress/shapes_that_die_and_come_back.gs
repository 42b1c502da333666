// Whatever remembers a shape outlives the tables that had it: reads, stores, lengths, methods, literals, the decoder's and
// the encoder's plans. Shapes die in between, and their like are made anew.
func read(t) { return t.k3 }
func write(t, v) { t.k3 = v; t.fresh = v }
func put(t, i, v) { t[i] = v; return #t }
func call(t) { return t:size() }
func build(round) {
    class := {size: func(self) { return self.k3 + round }}
    class.__index = class
    t := setmetatable({k1: 1}, class)
    t.k2 = 2
    t["k" .. 3] = round
    return t
}
func step(round) {
    sum := 0
    for i := range 12 {
        t := build(round)
        sum += read(t) + call(t)
        write(t, 1)
        sum += t.fresh + put({}, 1, i) + put(t, 1, i)
        d := json.decode("{\"k1\":1,\"k" .. round % 5 .. "x\":2,\"k3\":[1,{\"k3\":4}]}")
        sum += read(d)[2].k3 + #json.encode(d)
        u := {}
        u.k3 = i
        setmetatable(u, {__index: t})
        sum += read(u) + u.k1
        sum += put(setmetatable({}, {__index: u}), 1, 1)
    }
    return sum
}
total := 0
for round := range 40 {
    // On a stack of its own, of which nothing is left.
    total += coroutine.wrap(func() { return step(round) })()
    if round % 2 == 1 {
        collectgarbage()
        collectgarbage()
    }
}
print(total) // expect: 51360
