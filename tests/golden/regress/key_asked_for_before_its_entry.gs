// A string that was made at run time is the key of no table yet when code asks for it first; the entry that is made then
// gives it an interned twin, so what was found out about the key before is no more.

func count(t, a, b) {
    if !t[a] { t[a] = {} }
    if !t[b] { t[b] = {} }
    n := 0
    if t[a] { n++ }
    if t[b] { n++ }
    return n
}

func name(x, y) {
    return "n" .. x .. "_" .. y
}

t := {}
found := 0
for x := range 60 {
    for y := range 60 {
        found += count(t, name(x, y), name(x, y + 1))
    }
}
print(found) // expect: 7200

// In a loop, with the same string each time.
func fill(t, k) {
    seen := 0
    for i := range 5 {
        if t[k] { seen++ } else { t[k] = i + 1 }
    }
    return seen
}

seen := 0
for i := range 2000 {
    seen += fill(t, "k" .. i)
}
print(seen) // expect: 8000
