// Without order updates may be lost and lengths be anything, but each value that is read was written, and nothing else is damaged.
counter, shared, list := 0, {}, {}
intact := {name: "intact", list: {1, 2, 3}}
bad := sync.atomic()
wg := sync.waitgroup()
for w := 1; w <= 6; w++ {
    wg:run(func() {
        for i := 1; i <= 3000; i++ {
            counter++
            shared["k" .. i % 50] = {w}
            list[#list + 1] = w
            v := shared["k" .. (i * 7) % 50]
            if v != nil && (type(v) != "table" || v[1] < 1 || v[1] > 6) { bad:add(1) }
            x := list[i % 100 + 1]
            if x != nil && (math.type(x) != "integer" || x < 1 || x > 6) { bad:add(1) }
            if i % 500 == 0 { for k := range shared { if type(k) != "string" { bad:add(1) } } }
        }
    })
}
wg:wait()
print(bad:load(), counter >= 1 && counter <= 18000, table.count(shared) <= 50)
print(intact.name, #intact.list, intact.list[3])
// expect: 0	true	true
// expect: intact	3	3
