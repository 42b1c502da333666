for i, ch := range "42" { print(i, ch, type(ch)) }
// expect: 1	4	string
// expect: 2	2	string
