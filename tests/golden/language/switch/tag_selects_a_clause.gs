func f(x) {
    switch x {
    case 1: return "one"
    case "a": return "letter"
    case true: return "yes"
    case nil: return "nil"
    default: return "other"
    }
}
print(f(1), f("a"), f(true), f(nil), f(2), f({})) // expect: one	letter	yes	nil	other	other
