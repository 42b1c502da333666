for i, v := range ipairs({1, 2, nil, 4}) { print(i, v) }
// expect: 1	1
// expect: 2	2
for i, v := range ipairs({x: 1}) { print("never") }
