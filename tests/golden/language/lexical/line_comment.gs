// A comment runs to the end of its line only.
print("a") // expect: a
// print("not run")
print("b") // expect: b
