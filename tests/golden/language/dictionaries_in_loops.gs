// Tables with computed string keys in machine code: new, replaced, removed and absent keys, and what is no such table.
func count(words, rounds) {
    counts := {}
    for r := 1; r <= rounds; r++ {
        for i := 1; i <= #words; i++ {
            w := words[i]
            counts[w] = (counts[w] || 0) + 1
        }
    }
    return counts
}
func size(t) {
    n := 0
    for k, v := range t { n++ }
    return n
}
words := {}
for i := 1; i <= 60; i++ { words[i] = "w" .. i * 7 % 23 }
for i := 1; i <= 5; i++ { counts := count(words, 10) }
counts := count(words, 10)
print(size(counts), counts.w0, counts.w7, counts["w" .. 22], counts.none)  // expect: 23	20	30	30	nil

// Removing, and coming back.
func drop(t, words, from) {
    for i := from; i <= #words; i++ { t[words[i]] = nil }
    return size(t)
}
print(drop(counts, words, 40), drop(counts, words, 1), drop(counts, words, 1))  // expect: 2	0	0
for i := 1; i <= 60; i++ { counts[words[i]] = i }
print(size(counts), counts.w7)  // expect: 23	47

// Values of all kinds, keys that were never interned, and keys that are no strings.
func put(t, k, v) { t[k] = v }
func get(t, k) { return t[k] }
d := {}
for i := 1; i <= 300; i++ {
    put(d, "k" .. i % 40, i)
    put(d, "f" .. i % 40, i / 2)
    put(d, "t" .. i % 40, {i})
    put(d, "s" .. i % 40, "v" .. i)
    put(d, "n" .. i % 40, nil)
}
print(size(d), get(d, "k7"), get(d, "f7"), get(d, "t" .. 7)[1], get(d, "s7"), get(d, "n7"), get(d, "x" .. 7))  // expect: 160	287	143.5	287	v287	nil	nil
put(d, 1.5, "float")
put(d, 7, "int")
put(d, true, "bool")
print(get(d, 1.5), get(d, 7), get(d, true), get(d, 2.5), get(d, false), size(d))  // expect: float	int	bool	nil	nil	163
print(pcall(put, d, nil, 1))  // expect: false	dictionaries_in_loops.gs:33: table index is nil
print(pcall(get, nil, "x"))  // expect: false	dictionaries_in_loops.gs:34: attempt to index a nil value (local 't')

// Records, tables with metatables, and strings through the same code.
print(get({x: 1}, "x"), get({}, "y"), get("abc", "len") == string.len)  // expect: 1	nil	true
m := setmetatable({}, {__index: func(t, k) { return k .. "!" }, __newindex: func(t, k, v) { rawset(t, k, v .. "?") }})
for i := 1; i <= 100; i++ { put(m, "m" .. i % 30, i) }
print(get(m, "m3"), get(m, "q"), size(m))  // expect: 93	q!	30

// A literal whose first table was a dictionary, and whose others are records.
func make() { return {} }
first := make()
for i := 1; i <= 50; i++ { first["a" .. i] = i }
second := make()
second.name = "n"
second["a" .. 1] = 2
third := make()
third["z" .. 1] = 3
third.name = "m"
for i := 1; i <= 60; i++ { r := make(); r.x = i; r.y = i; put(r, "z", i); second.last = r.x + r.y + r.z }
print(second.name, second.a1, second.last, third.z1, third.name, size(second), size(third))  // expect: n	2	180	3	m	3	2
for k, v := range setmetatable(make(), nil) { print(k, v) }
