x := "global"
{
    x := "local"
    print(x) // expect: local
    y := 1
}
print(x, y) // expect: global	nil
