// Captured variables shared by goroutines: their values are always valid ones.
func counter() {
    n, s, t := 0, "a", {v: 1}
    return func(i) {
        n = n + 1
        if i % 2 == 0 { s = "s" .. i } else { s = i }
        t = {v: i}
        return n, s, t
    }
}
c := counter()
exact, m := 0, sync.mutex()
wg := sync.waitgroup()
for g := range 8 {
    wg:run(func() {
        for i := range 8000 {
            n, s, t := c(i)
            if math.type(n) != "integer" || (type(s) != "string" && type(s) != "number") || type(t.v) != "number" { error("bad") }
            if i % 4 == 0 { m:lock(); exact++; m:unlock() }
        }
    })
}
wg:wait()
if exact != 8 * 2000 { error("mutex lost " .. exact) }
print("ok") // expect: ok
