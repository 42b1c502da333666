n := 0
func iter() { n++; if n <= 3 { return n, n * n } }
for a, b := range iter { print(a, b) }
// expect: 1	1
// expect: 2	4
// expect: 3	9
