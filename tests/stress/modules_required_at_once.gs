// A module that several goroutines require at once runs once; all get the same value.
wg := sync.waitgroup()
values, m := {}, sync.mutex()
for g := range 6 {
    wg:run(func() {
        for i := 1; i <= 3; i++ {
            v := require("modules.slow" .. i)
            if v.loads() != 1 { error("loaded " .. v.loads()) }
            m:with(func() { values[g * 10 + i] = v })
        }
    })
}
wg:wait()
for i := 1; i <= 3; i++ {
    for g := range 6 { if values[g * 10 + i] != values[i] { error("different modules") } }
}
for g := range 4 {
    wg:run(func() {
        ok, e := pcall(require, "modules.bad")
        if ok || !tostring(e):find("bad module") { error("no error " .. tostring(e)) }
    })
}
wg:wait()
print("ok") // expect: ok
