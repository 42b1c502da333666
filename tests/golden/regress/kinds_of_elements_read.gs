// What kind of storage a site has read first says what the next table that is not at hand may be; any other kind is read too.
func sum(rows, j) {
    s := 0
    for i := 1; i <= #rows; i++ {
        s = s + rows[i][j]
    }
    return s
}

func grid(n, one) {
    rows := {}
    for i := 1; i <= n; i++ {
        row := {}
        for j := 1; j <= n; j++ {
            row[j] = i * j * one
        }
        rows[i] = row
    }
    return rows
}

// Tables made in each turn of the loop that is compiled.
const results = {}
for round := 1; round <= 60; round++ {
    one := 1
    if round > 50 {
        one = 0.5
    }
    rows := grid(12, one)
    if round > 55 {
        rows[3][2] = "7"
    }
    if round == 58 {
        rows[4] = {true, 8, 9}
    }
    results[round] = sum(rows, 2)
}
print(results[1], results[50], results[51], results[56], results[58], results[60]) // expect: 156	156	78.0	82.0	86.0	82.0

func first(t) { return t[1] }

for i := 1; i <= 300; i++ {
    first({i, i})
}
print(first({1.5}), first({true}), first({"a"}), first({}), first({2 ** 40})) // expect: 1.5	true	a	nil	1099511627776.0
print(first(setmetatable({}, {__index: func(t, i) { return i + 1 }})))        // expect: 2
is_read, message := pcall(first, 5)
print(is_read, string.match(message, ":%d+: (.*)")) // expect: false	attempt to index a number value (local 't')
