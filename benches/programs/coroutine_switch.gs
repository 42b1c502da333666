// Switches between coroutines, passing values both ways.
func echo(limit) {
    got, sum := 0, 0
    for got < limit {
        got = coroutine.yield(sum)
        sum += got % 10
    }
    return sum
}

func ping_pong(n) {
    co := coroutine.create(echo)
    _, last := coroutine.resume(co, n)
    for i := 1; i <= n; i++ {
        _, last = coroutine.resume(co, i)
    }
    return last, coroutine.status(co)
}

func ring(size, rounds) {
    members := {}
    for i := 1; i <= size; i++ {
        members[i] = coroutine.wrap(func(v) {
            for {
                v = coroutine.yield(v + i)
            }
        })
    }
    v := 0
    for round := 1; round <= rounds; round++ {
        for i := 1; i <= size; i++ {
            v = members[i](v) % 1000003
        }
    }
    return v
}

func short_lived(n) {
    sum := 0
    for i := 1; i <= n; i++ {
        co := coroutine.create(func(a) {
            b := coroutine.yield(a + 1)
            return a + b
        })
        _, x := coroutine.resume(co, i)
        _, y := coroutine.resume(co, x)
        sum = (sum + y) % 1000003
    }
    return sum
}

var last, status = ping_pong(3000000)
print(string.format("%d %s %d %d", last, status, ring(100, 20000), short_lived(300000)))
