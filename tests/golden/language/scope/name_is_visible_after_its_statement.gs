x := "global"
{
    x := x .. "!"
    print(x) // expect: global!
    var y = y
    print(y) // expect: nil
}
