for i, ch := range "a\xff\xe2\x82b" { print(i, #ch, ch:byte()) }
// expect: 1	1	97
// expect: 2	1	255
// expect: 3	1	226
// expect: 4	1	130
// expect: 5	1	98
