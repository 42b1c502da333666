// Generators made of coroutines: counters, filters in a chain, and a recursive tree walk.
const yield, wrap = coroutine.yield, coroutine.wrap

func count(from, to) {
    return wrap(func() {
        for i := from; i <= to; i++ {
            yield(i)
        }
    })
}

func filter(keep, source) {
    return wrap(func() {
        for v := range source {
            if keep(v) { yield(v) }
        }
    })
}

func map(f, source) {
    return wrap(func() {
        for v := range source {
            yield(f(v))
        }
    })
}

func insert(tree, key) {
    if !tree { return {key: key} }
    if key < tree.key {
        tree.left = insert(tree.left, key)
    } else {
        tree.right = insert(tree.right, key)
    }
    return tree
}

func walk(tree) {
    if tree {
        walk(tree.left)
        yield(tree.key)
        walk(tree.right)
    }
}

func pipeline(n) {
    odd := filter(func(v) { return v % 2 == 1 }, count(1, n))
    squares := map(func(v) { return v * v % 1009 }, odd)
    sum := 0
    for v := range squares {
        sum += v
    }
    return sum
}

var tree
var seed = 17
for i := 1; i <= 20000; i++ {
    seed = (seed * 3877 + 29573) % 139968
    tree = insert(tree, seed)
}

var sum = 0
for round := 1; round <= 16; round++ {
    last := -1
    for key := range wrap(func() { walk(tree) }) {
        if key < last { error("out of order") }
        last = key
        sum += key % 7
    }
    sum += pipeline(150000 + round)
}
print(string.format("%d", sum))
