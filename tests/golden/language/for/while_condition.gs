n := 3
for n > 0 { n-- }
print(n) // expect: 0
for false { print("never") }
for nil { print("never") }
