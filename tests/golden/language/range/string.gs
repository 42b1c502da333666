for i, ch := range "né!" { print(i, ch) }
// expect: 1	n
// expect: 2	é
// expect: 4	!
for i := range "€" { print(i) } // expect: 1
for i, ch := range "" { print("never") }
