for k, v, extra := range {a: 1} { print(k, v, extra) }   // expect: a	1	nil
for i, a, b := range 1 { print(i, a, b) }                // expect: 0	nil	nil
func iter(s, c) { if !c { return 1, 2, 3, 4 } }
for a, b, c, d, e := range iter { print(a, b, c, d, e) } // expect: 1	2	3	4	nil
