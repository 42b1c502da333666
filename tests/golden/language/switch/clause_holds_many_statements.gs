switch 1 {
case 1:
    x := 1
    x += 1
    for i := range 1 { x += 1 }
    print(x) // expect: 3
case 2:
}
