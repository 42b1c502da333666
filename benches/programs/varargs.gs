// Variable arguments: counting, selecting, packing and passing on.

func sum_select(...) {
    s := 0
    for i := 1; i <= #...; i++ {
        s += ...[i]
    }
    return s
}

func sum_table(...) {
    t := {...}
    s := 0
    for i := 1; i <= #t; i++ {
        s += t[i]
    }
    return s
}

func forward(f, ...) {
    return f(...)
}

func swap(a, b, ...) {
    return b, a, ...
}

func run(n) {
    sum := 0
    args := {1, 2, 3, 4, 5}
    for i := 1; i <= n; i++ {
        sum += sum_select(i, 2, 3)
        sum += sum_table(i, i + 1, 4, 5)
        sum += forward(sum_select, 1, i)
        sum += sum_table(unpack(args))
        a, b, c := swap(i, 1, 2)
        sum = sum + a - b + c
    }
    return sum
}

print(string.format("%d", run(1600000)))
