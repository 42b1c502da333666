func scale(k, ...) { return k * #..., ...[1] }
print(scale(10, "x", "y")) // expect: 20	x
