// stdin: one
// stdin: two
for line := range io.lines() { print("[" .. line .. "]") }
// expect: [one]
// expect: [two]
