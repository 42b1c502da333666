for _, v := range {1, 2} { print(v) }
// expect: 1
// expect: 2
for _, v := range ({3}) { print(v) } // expect: 3
