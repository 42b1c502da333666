var a, b
print(a, b) // expect: nil	nil
func f() { var x; x = x || "set"; return x }
print(f()) // expect: set
