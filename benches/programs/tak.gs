// Takeuchi's function: deep calls with three arguments.
func tak(x, y, z) {
    if y >= x { return z }
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
}

var sum = 0
for i := 1; i <= 12; i++ {
    sum += tak(24 + i % 2, 16, 8)
}
print(string.format("%d", sum))
