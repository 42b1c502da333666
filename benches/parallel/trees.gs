// Six goroutines that allocate: each builds binary trees and counts their nodes.
func build(depth) {
    if depth == 0 { return {left: nil, right: nil} }
    return {left: build(depth - 1), right: build(depth - 1)}
}

func count(t) {
    if t.left == nil { return 1 }
    return 1 + count(t.left) + count(t.right)
}

workers, rounds, depth := 6, 80, 13
results := make(chan)
for w := 0; w < workers; w++ {
    go func() {
        nodes := 0
        for i := 0; i < rounds; i++ { nodes += count(build(depth)) }
        results <- nodes
    }()
}
total := 0
for w := 0; w < workers; w++ { total += <-results }
print(total)
