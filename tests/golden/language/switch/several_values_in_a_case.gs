func f(x) {
    switch x {
    case 1, 2, 3: return "small"
    case 4,
        5: return "medium"
    }
    return "none"
}
print(f(1), f(3), f(5), f(6)) // expect: small	small	medium	none
