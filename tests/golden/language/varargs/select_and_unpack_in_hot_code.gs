// `select` and `unpack` where the number of values is known, and where it turns out to be another.
func last(...) { return select(-1, ...) }
func at(i, ...) { return (select(i, ...)) }
func tail(i, ...) { return select(i, ...) }
func collect(...) {
    out := {}
    for i := 1; i <= select("#", ...); i++ { out[i] = tostring((select(i, ...))) }
    return table.concat(out, ",")
}
lines := {}
for i := 1; i <= 400; i++ {
    a, b, c := tail(2, i, i + 1, i + 2)
    lines[i] = collect(last(i, nil, "x"), at(2, i, i * 2), at(3, 1, 2), a, b, c, tail(4, 1, 2, 3))
}
print(lines[1])     // expect: x,2,nil,2,3,nil
print(lines[400])   // expect: x,800,nil,401,402,nil
func message(ok, e) { return string.sub(tostring(e), -20) }
print(message(pcall(at, 0, 1)))   // expect: (index out of range)
print(message(pcall(at, -3, 1)))  // expect: (index out of range)

func add(...) {
    s := 0
    for i := 1; i <= #...; i++ { s += ...[i] || 100 }
    return s
}
sums := 0
lists := {{1, 2, 3}, {1.5, 2.5}, {true, 4}, {7}, {}, {1, nil, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}
for i := 1; i <= 600; i++ {
    sums += add(unpack(lists[1]))
    t := lists[i % 2 + 1]
    sums += add(unpack(t))
    if i > 300 {
        t = lists[(i % 3) * 3 + 1]
        sums += add(unpack(t))
    }
    a, b, c, d := unpack(lists[1])
    if d != nil { print("too many") }
    sums += a + b + c
}
print(sums)  // expect: 17000.0
print(add(unpack(lists[6])), add(unpack(lists[5])), message(pcall(add, unpack(lists[3]))))
// expect: 104	0	c on a boolean value
