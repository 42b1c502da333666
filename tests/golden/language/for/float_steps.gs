for x := 0.0; x < 1; x += 0.25 { print(x) }
// expect: 0.0
// expect: 0.25
// expect: 0.5
// expect: 0.75
for i := 1; i < 20; i *= 3 { print(i) }
// expect: 1
// expect: 3
// expect: 9
