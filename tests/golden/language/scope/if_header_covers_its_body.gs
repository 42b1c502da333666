x := "outer"
if x := "header"; true {
    print(x) // expect: header
    x := "body"
    print(x) // expect: body
} else {
    print("no")
}
print(x) // expect: outer
