// Long library calls of one goroutine while another one collects all the time: what they work on stays alive and unchanged.
isOver := sync.atomic()
go func() {
    for isOver:load() == 0 {
        garbage := {}
        for i := 1; i <= 10; i++ { garbage[i] = {i, "text" .. i} }
        collectgarbage()
    }
}()

base := string.rep("hello world, ", 60000)
print(#base:upper(), base:upper():sub(1, 12), #base:lower(), base:reverse():sub(1, 5))
print(base:count("world"), base:find("absent", 1, true), base:find("hellp"))
print(#base:replaceAll("hello", "goodbye"), #base:trim(), utf8.len(base), utf8.valid(base), #utf8.sub(base, 2, -2))
print(#string.format("%s|%s", base, base), base:sub(1, 3000):find(".-.-~"))

rope := ""
piece := string.rep("piece", 200)
for i := 1; i <= 300; i++ { rope = rope .. piece .. i }
other := ""
for i := 300; i >= 1; i-- { other = piece .. i .. other }
print(#rope, rope == other, rope < other .. "x", {[rope]: 1}[other])

// A rope that two goroutines read for the first time at the same moment, and whose parts a third one reads.
results := make(chan, 3)
left := string.rep("l", 300000) .. "eft" .. #results
right := "ri" .. string.rep("g", 300000) .. #results
both := left .. right
for i := 1; i <= 3; i++ {
    part := i < 3 && both || left
    go func() { results <- part:byte(300000) + part:byte(-1) }()
}
sum := 0
for i := 1; i <= 3; i++ { sum += <-results }
print(sum)

words, ints, mixed := {}, {}, {}
for i := 1; i <= 2500; i++ {
    n := (i * 7919) % 2503
    words[i], ints[i], mixed[i] = "word" .. n, n, i % 2 == 0 && n || n + 0.5
}
for _, list := range {words, ints, mixed} {
    table.sort(list)
    isSorted := true
    for i := 2; i <= #list; i++ { isSorted = isSorted && list[i - 1] <= list[i] }
    print(#list, isSorted)
}
print(#table.concat(words, ", "), #table.concat({base, base, base}, "-"))
chunk := load(string.rep("x := 1\n", 5000) .. "return x")
print(chunk())
isOver:store(1)
// expect: 780000	HELLO WORLD,	780000	 ,dlr
// expect: 60000	nil	nil
// expect: 900000	779999	780000	true	779998
// expect: 1560001	nil
// expect: 300792	true	true	1
// expect: 468
// expect: 2500	true
// expect: 2500	true
// expect: 2500	true
// expect: 23891	2340002
// expect: 1
