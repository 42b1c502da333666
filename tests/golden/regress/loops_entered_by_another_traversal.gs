// Code of a loop that was made while it went over the elements of a table is entered by a traversal of entries.
func all(t) {
    s := ""
    for k, v := range t { s = s .. k .. "=" .. v .. " " }
    return s
}
list := {1, 2, 3, 4, 5}
elements := setmetatable({}, {__pairs: func() { return ipairs({7, 8, 9}) }})
entries := setmetatable({}, {__pairs: func() { return next, {7, 8, x: 9}, nil }})
numbers := setmetatable({}, {__pairs: func() { return func(n, i) { if i < n { return i + 1, i } }, 3, 0 }})
seen := {}
for i := range 300 {
    for k, t := range {list, elements, entries, numbers, list, 3} {
        if (i + k) % 5 != 0 {
            text := all(t == 3 && numbers || t)
            seen[text] = (seen[text] || 0) + 1
        }
    }
}
for text, n := range seen { print(text, n) }
// expect: 1=1 2=2 3=3 4=4 5=5 	480
// expect: 1=7 2=8 3=9 	240
// expect: 1=7 2=8 x=9 	240
// expect: 1=0 2=1 3=2 	480
