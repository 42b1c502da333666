// Computed string keys of dictionaries and records, ropes as keys, metatables behind them; natives with short cuts.
func count(list) {
    counts := {}
    for i := 1; i <= #list; i++ {
        counts[list[i]] = (counts[list[i]] || 0) + 1
    }
    return counts
}

const words = {}
for i := 1; i <= 400; i++ {
    words[i] = "w" .. i % 7 .. (i % 2 == 0 && "x" || "")
}
const seen = count(words)
print(seen["w0"], seen["w1x"], seen["w" .. 6], seen["nothing"])

const defaults = setmetatable({}, {__index: func(t, k) { return k .. "?" }, __newindex: func(t, k, v) { rawset(t, k, v .. "!") }})
func use(t, k, v) {
    before := t[k]
    t[k] = v
    return before, t[k]
}
for i := 1; i <= 200; i++ {
    a, b := use(defaults, "k" .. i % 3, "v")
    if i % 50 < 3 { print(a, b) }
}
const mixed = {x: 1, 10, 20}
func get(t, k) { return t[k] }
for i := 1; i <= 200; i++ {
    k := i % 4 == 0 && "x" || i % 4 == 1 && 1 || i % 4 == 2 && 2.0 || true
    v := get(mixed, k)
    if i > 196 { print(k, v) }
}
func removing(t, k) {
    t[k] = nil
    return t[k]
}
for i := 1; i <= 200; i++ {
    seen["w" .. i] = i
    assert(removing(seen, "w" .. i) == nil)
}
print(seen["w0x"], seen["w1"])

func natives(v) {
    return tonumber(v), tostring(v), type(v), math.ceil(tonumber(v) || 0.5)
}
for i := 1; i <= 200; i++ {
    n, s, t, c := natives(i % 3 == 0 && i .. "" || i % 3 == 1 && i + 0.5 || "0x" .. i)
    if i > 196 { print(n, s, t, c) }
}
print(pcall(natives))
print(pcall(assert, nil, "message"))
func part(s, i, j) { return s:sub(i, j), s:sub(j), string.sub(s, i) }
for i := 1; i <= 200; i++ {
    a, b, c := part("abcdef", i % 9 - 4, i % 5 - 2)
    if i > 190 { print(a, b, c) }
}
// expect: 29	29	28	nil
// expect: k1?	v!
// expect: k2?	v!
// expect: v	v
// expect: v	v
// expect: v	v
// expect: v	v
// expect: v	v
// expect: v	v
// expect: v	v
// expect: v	v
// expect: v	v
// expect: v	v
// expect: 1	10
// expect: 2.0	20
// expect: true	nil
// expect: x	1
// expect: 28	nil
// expect: 407	0x197	string	407
// expect: 198	198	string	198
// expect: 199.5	199.5	number	200
// expect: 512	0x200	string	512
// expect: true	nil	nil	nil	1
// expect: false	message
// expect: ef	f	ef
// expect: 	abcdef	f
// expect: a	abcdef	abcdef
// expect: ab	bcdef	abcdef
// expect: bcde	ef	bcdef
// expect: cdef	f	cdef
// expect: 	abcdef	def
// expect: 	abcdef	cdef
// expect: 	bcdef	def
// expect: e	ef	ef
