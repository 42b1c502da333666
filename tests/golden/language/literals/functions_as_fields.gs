t := {
    add: func(a, b) { return a + b },
    func(x) { return x * 2 },
}
print(t.add(1, 2), t[1](21)) // expect: 3	42
