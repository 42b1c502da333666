if true { inner := 1; print(inner) } // expect: 1
for i := range 1 { inner2 := i }
print(inner, inner2, i) // expect: nil	nil	nil
