x := 1 y := 2 print(x, y) // expect: 1	2
if x == 1 { print("a") } print("b")
// expect: a
// expect: b
