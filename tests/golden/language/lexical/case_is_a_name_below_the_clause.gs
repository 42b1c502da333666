case := "outer"
switch 1 {
case 1:
    { case = "set"; print(case) } // expect: set
    print("done")                 // expect: done
}
print(case) // expect: set
