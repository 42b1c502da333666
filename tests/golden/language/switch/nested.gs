func f(a, b) {
    switch a {
    case 1:
        switch b {
        case 1: return "1,1"
        default: return "1,x"
        }
    default:
        return "x"
    }
}
print(f(1, 1), f(1, 2), f(2, 1)) // expect: 1,1	1,x	x
