// A pool of workers fed by a channel.
// Shows: goroutines, channels for jobs and results, a wait group, results put back into order.
//
//     gscript examples/workers.gs [WORKERS [JOBS]]      (default 4 workers, 12 jobs)
//
// Each job looks for the number below a limit whose Collatz sequence is longest.

const BLOCK = 2000                   // numbers per job

func collatzLength(n) {
    length := 1
    for n != 1 {
        n = n % 2 == 0 && n >> 1 || 3 * n + 1
        length++
    }
    return length
}

func longestIn(first, last) {
    best, bestLength := first, 0
    for n := first; n <= last; n++ {
        if length := collatzLength(n); length > bestLength {
            best, bestLength = n, length
        }
    }
    return best, bestLength
}

func worker(jobs, results) {
    for job := range jobs {
        n, length := longestIn(job.first, job.last)
        results <- {index: job.index, first: job.first, last: job.last, n: n, length: length}
    }
}

func argument(i, fallback, max) {
    n := math.tointeger(tonumber(arg[i] || fallback))
    if !n || n < 1 || n > max {
        io.stderr:write("usage: workers.gs [WORKERS [JOBS]]\n")
        os.exit(1)
    }
    return n
}

func main() {
    workers, count := argument(1, 4, 1000), argument(2, 12, 100000)
    jobs, results := make(chan), make(chan, workers)

    group := sync.waitgroup()
    for range workers {
        group:run(worker, jobs, results)
    }
    go func() {
        for i := 1; i <= count; i++ {
            jobs <- {index: i, first: (i - 1) * BLOCK + 1, last: i * BLOCK}
        }
        close(jobs)                  // ends the workers' loops …
        group:wait()
        close(results)               // … and then the loop below
    }()

    // Results arrive in any order; the index puts them back.
    ordered := {}
    for result := range results {
        ordered[result.index] = result
    }
    best := ordered[1]
    for _, result := range ipairs(ordered) {
        print(string.format("%6d to %6d: %6d takes %3d steps", result.first, result.last, result.n, result.length))
        if result.length > best.length {
            best = result
        }
    }
    print("longest: " .. best.n .. " with " .. best.length .. " steps")
}

main()
