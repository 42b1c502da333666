// The sieve of Eratosthenes as a chain of goroutines, each of which stops the multiples of one prime.
// Shows: channels as streams, starting goroutines in a loop, stopping a whole chain by closing one channel.
//
//     gscript examples/primesieve.gs [COUNT]        (default 60 primes, at most 5000)

// Sends 2, 3, 4, … until `quit` is closed.
func numbers(quit) {
    out := make(chan)
    go func() {
        for n := 2; ; n++ {
            select {
            case out <- n:
            case <-quit:
                close(out)
                return
            }
        }
    }()
    return out
}

// Passes on what `prime` does not divide. When its input ends, so does its output.
func filter(input, prime, quit) {
    out := make(chan)
    go func() {
        for n := range input {
            if n % prime != 0 {
                select {
                case out <- n:
                case <-quit:
                    return
                }
            }
        }
    }()
    return out
}

func main() {
    count := math.tointeger(tonumber(arg[1] || 60))
    if !count || count < 1 || count > 5000 {
        io.stderr:write("usage: primesieve.gs [COUNT], with COUNT from 1 to 5000\n")
        os.exit(1)
    }
    quit := make(chan)
    stream, line := numbers(quit), {}
    for i := 1; i <= count; i++ {
        prime := <-stream
        line[#line + 1] = string.format("%6d", prime)
        if #line == 10 || i == count {
            print(table.concat(line))
            line = {}
        }
        stream = filter(stream, prime, quit)
    }
    close(quit)
}

main()
