func f(x) {
    switch x {
    default: return "default"
    case 1: return "one"
    }
}
print(f(1), f(2)) // expect: one	default
