for i := range 2.0 { print(i == 0 || i == 1) }
// expect: true
// expect: true
