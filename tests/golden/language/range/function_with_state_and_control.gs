func step(s, c) { if c < s.max { return c + s.by, s } }
state := {max: 6, by: 2}
for c, s := range step, state, 0 { print(c, s == state) }
// expect: 2	true
// expect: 4	true
// expect: 6	true
