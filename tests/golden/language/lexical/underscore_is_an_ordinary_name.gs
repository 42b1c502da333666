for _, v := range {5, 6} { print(_, v) }
// expect: 1	5
// expect: 2	6
_ = "kept"
print(_) // expect: kept
