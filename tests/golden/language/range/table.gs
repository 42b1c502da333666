for k, v := range {10, 20, x: "y"} { print(k, v) }
// expect: 1	10
// expect: 2	20
// expect: x	y
for k, v := range {} { print("never") }
