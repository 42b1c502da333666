a := "global"
func f(a, b) { a = "changed"; b = "too"; return a, b }
print(f(1)) // expect: changed	too
print(a, b) // expect: global	nil
