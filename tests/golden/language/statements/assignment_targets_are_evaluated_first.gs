i := 1
t := {}
i, t[i] = i + 1, "x"
print(i, t[1], t[2]) // expect: 2	x	nil
func f() {
    j := 1
    u := {}
    j, u[j] = j + 1, "y"
    return j, u[1], u[2]
}
print(f()) // expect: 2	y	nil
