// Library functions work on a table that others change, and on strings with callbacks.
t := {}
for i := 1; i <= 200; i++ { t[i] = i }
wg := sync.waitgroup()
for g := range 6 {
    wg:run(func() {
        for i := range 600 {
            t[i % 200 + 1] = i
            if i % 40 == 0 {
                pcall(table.sort, t, func(a, c) { return a < c })
                pcall(json.encode, t)
                pcall(table.concat, t, ",")
                pcall(func() { return select("#", unpack(t)) })
            }
            s := string.format("%d:%s", i, "x" .. g)
            if s:gsub("%d+", func(d) { return "<" .. d .. ">" }):sub(1, 1) != "<" { error("bad text") }
            for a, c := range s:gmatch("(%d+):(%a)") { if tonumber(a) != i || c != "x" { error("bad match") } }
        }
    })
}
wg:wait()
print("ok") // expect: ok
