// Goroutines that read and write one file at the same time, while all of them allocate: each line is read once, and whoever makes
// a string of what it has read keeps nobody from stopping for a collection.
path := os.tmpname()
f := io.open(path, "w")
writers := sync.waitgroup()
for w := 1; w <= 4; w++ {
    writers:run(func() {
        for i := 1; i <= 500; i++ {
            garbage := {w, i, {i}}
            f:write(string.format("%d %d\n", garbage[1], garbage[2]))
        }
    })
}
writers:wait()
f:close()

f = io.open(path)
readers := sync.waitgroup()
lines := sync.atomic()
sum := sync.atomic()
for r := 1; r <= 4; r++ {
    readers:run(func() {
        for line := range f:lines() {
            a, b := line:match("^(%d+) (%d+)$")
            kept := {}
            for i := 1; i <= 10; i++ { kept[i] = {line} }
            lines:add(1)
            sum:add(tonumber(a) * 10000 + tonumber(b))
        }
    })
}
readers:wait()
f:close()
print(lines:load(), sum:load())

// The rest of a file in one piece goes to one of them.
f = io.open(path)
whole := make(chan, 4)
for r := 1; r <= 4; r++ { go func() { whole <- #f:read("a") }() }
total := 0
for r := 1; r <= 4; r++ { total += <-whole }
f:close()
f = io.open(path)
print(total == #f:read("a"))
f:close()
os.remove(path)
// expect: 2000	50501000
// expect: true
