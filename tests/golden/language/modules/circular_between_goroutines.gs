// Two goroutines that wait for each other's module find out.
ch := make(chan)
for _, name := range {"lib.left", "lib.right"} {
    go func() { ok, e := pcall(require, name); ch <- ok || e:find("circular require") != nil }()
}
print(<-ch, <-ch) // expect: true	true
