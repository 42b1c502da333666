// A loop around a call of a tiny function.
func add(a, b) {
    return a + b
}

var x = 0
for i := 1; i <= 40000000; i++ {
    x = add(x, 1)
}
print(string.format("%d", x))
