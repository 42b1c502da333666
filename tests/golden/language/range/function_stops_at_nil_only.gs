vals := {0, false, ""}
i := 0
func iter() { i++; return vals[i] }
for v := range iter { print(v) }
// expect: 0
// expect: false
// expect:
