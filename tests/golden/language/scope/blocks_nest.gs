x := 0
{
    x := 1
    { x := 2; { x := 3; print(x) }; print(x) }
    print(x)
}
print(x)
// expect: 3
// expect: 2
// expect: 1
// expect: 0
