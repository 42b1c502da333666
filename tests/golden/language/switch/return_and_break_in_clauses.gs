func f(x) {
    switch x {
    case 1:
        return "returned"
    case 2:
        if x == 2 { break }
        return "never"
    }
    return "after"
}
print(f(1), f(2)) // expect: returned	after
