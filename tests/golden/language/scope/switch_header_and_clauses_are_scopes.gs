x := "outer"
switch x := "header"; x {
case "header":
    print(x) // expect: header
    x := "clause"
    y := 1
    print(x) // expect: clause
default:
    print(y)
}
print(x, y) // expect: outer	nil
