for i, j := 0, 5; i < j; i, j = i + 1, j - 1 { print(i, j) }
// expect: 0	5
// expect: 1	4
// expect: 2	3
