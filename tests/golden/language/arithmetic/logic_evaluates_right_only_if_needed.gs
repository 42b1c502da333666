func v(x) { print("eval"); return x }
print(false && v(1)) // expect: false
print(1 || v(1))     // expect: 1
print(true && v(2))
// expect: eval
// expect: 2
print(nil || v(3))
// expect: eval
// expect: 3
