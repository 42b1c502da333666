// An integer of a list is compared, which checks that it is small, and then passed on as it is; later it is not small.
func other(a, b) { if a != b { return a }; return b - a }

func turned(n, a, b) {
    if n <= 0 { return a, b }
    x, y := turned(n - 1, b, other(a, b))
    return y, x
}

func last(list, n) {
    low := list[1]
    for i := 1; i <= n; i++ {
        for j := 1; j < #list; j++ {
            x, y := turned(3, list[j], list[j + 1])
            low = y
        }
    }
    return low
}

small, large := {1, 5, 3, 8}, {7, 1 << 60}
for round := 0; round < 4; round++ {
    print(last(round == 3 && large || small, 40))
}
// expect: 8
// expect: 8
// expect: 8
// expect: 1152921504606846976
