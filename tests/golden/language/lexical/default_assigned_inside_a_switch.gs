default := 1
switch 1 {
case 1:
    default = 3
    print(default) // expect: 3
}
