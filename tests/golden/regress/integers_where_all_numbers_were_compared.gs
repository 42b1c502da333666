// A function whose comparison has met numbers of all kinds and is called with two integers afterwards.
func difference(a, b) {
    if a == b { return 1 } elseif a > b { return a - b }
    return b - a
}

func all(list, n) {
    sum := 0
    for i := 1; i <= n; i++ {
        for j := 1; j < #list; j++ {
            sum += difference(list[j], list[j + 1])
        }
    }
    return sum
}

func of_integers(n) {
    sum := 0
    for i := 1; i <= n; i++ {
        sum = sum * 3 % 1000 + difference(i & 15, 8) + difference(8, 2)
    }
    return sum
}

for round := 1; round <= 8; round++ {
    all({1, 5, 3, 8}, 40)
    all({1 << 50, 7, 1 << 52, 9, 1 << 60}, 40)
    all({1.5, 2, -3.5, 1 << 50, 4, 0.5}, 40)
    print(of_integers(300), difference(8, 2), difference(2, 8), difference(1 << 50, 2.5))
}
// expect: 801	6	6	1125899906842621.5
// expect: 801	6	6	1125899906842621.5
// expect: 801	6	6	1125899906842621.5
// expect: 801	6	6	1125899906842621.5
// expect: 801	6	6	1125899906842621.5
// expect: 801	6	6	1125899906842621.5
// expect: 801	6	6	1125899906842621.5
// expect: 801	6	6	1125899906842621.5
