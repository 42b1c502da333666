// Pipelines of generators made from coroutines.
// Shows: coroutine.wrap as an iterator in a range loop, closures, recursion inside a coroutine.
//
//     gscript examples/generators.gs [COUNT]        COUNT primes are shown (default 10)

// --- sources ---

func count(first, step) {
    return coroutine.wrap(func() {
        for i := first; ; i += step {
            coroutine.yield(i)
        }
    })
}

func fibonacci() {
    return coroutine.wrap(func() {
        a, b := 0, 1
        for {
            coroutine.yield(a)
            a, b = b, a + b
        }
    })
}

// The primes, by trial division with the primes found so far.
func primes() {
    return coroutine.wrap(func() {
        found := {}
        for n := range count(2, 1) {
            composite := false
            for _, p := range ipairs(found) {
                if p * p > n { break }
                if n % p == 0 {
                    composite = true
                    break
                }
            }
            if !composite {
                found[#found + 1] = n
                coroutine.yield(n)
            }
        }
    })
}

// All orders of a list. The same table is yielded again and again with its elements exchanged.
func permutations(list) {
    func permute(n) {
        if n <= 1 {
            coroutine.yield(list)
            return
        }
        for i := 1; i <= n; i++ {
            list[n], list[i] = list[i], list[n]
            permute(n - 1)
            list[n], list[i] = list[i], list[n]
        }
    }
    return coroutine.wrap(func() { permute(#list) })
}

// A binary tree is {left, value, right}; visits the values in order.
func inOrder(tree) {
    func visit(node) {
        if node {
            visit(node.left)
            coroutine.yield(node.value)
            visit(node.right)
        }
    }
    return coroutine.wrap(func() { visit(tree) })
}

func insert(tree, value) {
    if !tree {
        return {value: value}
    }
    side := value < tree.value && "left" || "right"
    tree[side] = insert(tree[side], value)
    return tree
}

// --- stages ---

func filter(source, accept) {
    return coroutine.wrap(func() {
        for v := range source {
            if accept(v) { coroutine.yield(v) }
        }
    })
}

func transform(source, f) {
    return coroutine.wrap(func() {
        for v := range source { coroutine.yield(f(v)) }
    })
}

func take(source, n) {
    return coroutine.wrap(func() {
        for range n {
            v := source()
            if v == nil { return }
            coroutine.yield(v)
        }
    })
}

// Like take, for a source of pairs.
func takePairs(source, n) {
    return coroutine.wrap(func() {
        for range n {
            x, y := source()
            if x == nil { return }
            coroutine.yield(x, y)
        }
    })
}

func pairUp(a, b) {
    return coroutine.wrap(func() {
        for {
            x, y := a(), b()
            if x == nil || y == nil { return }
            coroutine.yield(x, y)
        }
    })
}

// --- sink ---

func collect(source) {
    list := {}
    for v := range source { list[#list + 1] = v }
    return list
}

func main() {
    n := math.tointeger(tonumber(arg[1] || 10))
    if !n || n < 1 || n > 100000 {
        io.stderr:write("generators: COUNT must be a number from 1 to 100000\n")
        os.exit(1)
    }
    print("primes:       " .. table.concat(collect(take(primes(), n)), " "))

    evenSquares := transform(filter(count(1, 1), func(v) { return v % 2 == 0 }), func(v) { return v * v })
    print("even squares: " .. table.concat(collect(take(evenSquares, 8)), " "))

    print("fibonacci:    " .. table.concat(collect(take(fibonacci(), 15)), " "))

    for i, f := range takePairs(pairUp(count(10, 10), fibonacci()), 4) {
        print("pair:         " .. i .. " " .. f)
    }

    orders := {}
    for order := range permutations({"a", "b", "c"}) {
        orders[#orders + 1] = table.concat(order)
    }
    print("permutations: " .. table.concat(orders, " "))

    tree := nil
    for _, value := range ipairs({50, 20, 80, 10, 30, 70, 90, 60}) {
        tree = insert(tree, value)
    }
    print("tree:         " .. table.concat(collect(inOrder(tree)), " "))
}

main()
