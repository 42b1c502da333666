x := 1
y :=
    2
print(x, y) // expect: 1	2
func f() {
    return
    print("never")
}
f()
