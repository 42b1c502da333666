for i, ch := range "😀x" { print(i, #ch) }
// expect: 1	4
// expect: 5	1
