// Chains of comparisons with constant strings, of strings from every source and of values of other types.
func kind(v) {
    if v == "add" {
        return 1
    } elseif v == "sub" || v == "minus" {
        return 2
    } elseif v != "mul" && v != "a longer name that nobody makes twice by chance" {
        if v == "" { return 5 }
        return 0
    }
    return v == "mul" && 3 || 4
}

long := "a longer name that nobody makes twice"
made := {"add", "s" .. "ub", ("xaddx"):sub(2, 4), string.rep("m", 1) .. "ul", long .. " by chance", long, "", 1, 2.5,
    nil, true, {}, print, string.char(97, 100, 100), ("MINUS"):lower(), "minu", table.concat({"m", "u", "l"})}
counts := {[0]: 0, 0, 0, 0, 0, 0}
for round := 1; round <= 300; round++ {
    for i := 1; i <= 17; i++ {
        counts[kind(made[i])]++
    }
}
print(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5])
// expect: 2400	900	600	600	300	300

// A rope, a string that becomes a key later, and one whose twin is made later.
func same(s, n) {
    hits := 0
    for i := 1; i <= n; i++ {
        if s == "key of a table" { hits++ }
        if s == "twin" { hits += 100000 }
    }
    return hits
}
rope := "key of"
rope = rope .. " a " .. "table"
print(same(rope, 200), same("tw" .. string.rep("i", 1) .. "n", 200), same(7, 200), same("key", 200))
// expect: 200	20000000	0	0
t := {}
t[rope] = 1
print(same(rope, 200), t["key of a table"])
// expect: 200	1
