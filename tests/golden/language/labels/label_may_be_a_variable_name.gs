x := 5
x: for { print(x); break x } // expect: 5
print(x) // expect: 5
