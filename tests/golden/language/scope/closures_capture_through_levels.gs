func a() {
    x := 0
    return func() {
        return func() {
            x++
            return x
        }
    }
}
f := a()
print(f()(), f()()) // expect: 1	2
