// Code that has resumed or yielded in an inlined function goes on: what it calls then is for another frame.

func step(i) { coroutine.yield(i) }
func ask(co, i) { ok, v := coroutine.resume(co, i); return v }

func gen() {
    s := 0
    for i := 1; i <= 700; i++ {
        step(i)
        s = s + math.deg(i) + math.ceil(i + 0.5)
    }
    return math.floor(s)
}
func asker() {
    co := coroutine.create(gen)
    r := 0
    t := {}
    for k := 1; k <= 701; k++ {
        r = ask(co, k)
        t["k" .. k % 3] = (t["k" .. k % 3] || 0) + math.ceil(math.deg(1) + k)
    }
    return r, t.k0, t.k1, t.k2
}
print(asker())   // expect: 14303569	95297	95589	95823
