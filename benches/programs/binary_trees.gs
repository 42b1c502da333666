// Builds and walks many short-lived binary trees beside one long-lived one.
func bottom_up(depth) {
    if depth == 0 { return {} }
    return {left: bottom_up(depth - 1), right: bottom_up(depth - 1)}
}

func check(tree) {
    if tree.left { return 1 + check(tree.left) + check(tree.right) }
    return 1
}

func shift(n) {
    r := 1
    for i := 1; i <= n; i++ {
        r *= 2
    }
    return r
}

const max_depth = 16
print(string.format("stretch %d", check(bottom_up(max_depth + 1))))
const long_lived = bottom_up(max_depth)
for depth := 4; depth <= max_depth; depth += 3 {
    iterations := shift(max_depth - depth + 4)
    sum := 0
    for i := 1; i <= iterations; i++ {
        sum += check(bottom_up(depth))
    }
    print(string.format("%d trees of depth %d check %d", iterations, depth, sum))
}
print(string.format("long lived %d", check(long_lived)))
