func f() {}
print(select("#", f()))  // expect: 0
x := f()
print(x)                 // expect: nil
print(select("#", (f()))) // expect: 1
