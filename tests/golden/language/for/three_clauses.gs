for i := 1; i <= 3; i++ { print(i) }
// expect: 1
// expect: 2
// expect: 3
for i := 3; i > 1; i-- { print(i) }
// expect: 3
// expect: 2
