// The same strings are made, hashed, interned and flattened by several goroutines.
wg := sync.waitgroup()
shared := {}
for g := range 6 {
    wg:run(func() {
        t := {}
        for i := range 4000 {
            k := "common" .. (i % 300)
            t[k] = (t[k] || 0) + 1
            shared[i % 50 + 1] = "long " .. string.rep("x", 40) .. i .. k .. string.rep("y", 40)
            s := shared[(i + 7) % 50 + 1]
            if s != nil {
                u := s .. s .. k
                if #u != 2 * #s + #k { error("bad length") }
                if u:sub(1, 4) != "long" { error("bad text: " .. u) }
                shared[u] = g
                shared[u] = nil
            }
        }
        for i := range 300 { if t["common" .. i] < 13 { error("lost key") } }
    })
}
wg:wait()
// One rope, flattened by all of them at once.
for round := range 60 {
    parts := "start" .. round
    for i := range 400 { parts = parts .. i .. "," .. parts:len() }
    rope := (parts .. string.rep("a", 100)) .. (string.rep("b", 100) .. parts)
    w := sync.waitgroup()
    sums := {}
    for g := range 4 { sums[g + 1] = 0 }
    for g := range 4 {
        w:run(func() {
            h := 0
            for j := 1; j <= #rope; j += 97 { h = (h * 31 + string.byte(rope, j)) % 1000000007 }
            t := {[rope]: 1}
            sums[g + 1] = h + t[rope] + (rope:find("aabb", 1, true) || 0)
        })
    }
    w:wait()
    for g := 2; g <= 4; g++ { if sums[g] != sums[1] { error("different texts") } }
}
// One string that all append to.
base := string.rep("z", 64)
for round := range 100 {
    w := sync.waitgroup()
    for g := range 4 {
        w:run(func() {
            s := base
            for i := range 50 { s = s .. g }
            if s != base .. string.rep(tostring(g), 50) { error("mixed appends") }
        })
    }
    w:wait()
    base = base .. round
}
print("ok") // expect: ok
