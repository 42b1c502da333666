// A pipeline with a rate limiter, time-outs and a clean shutdown.
// Shows: select over channels, time.after, buffered channels as token buckets, closing channels to stop goroutines.
//
//     gscript examples/ratelimit.gs [REQUESTS [RATE]]   (default 12 requests, 100 a second)

// Requests of this number take too long and are given up.
const SLOW = 7
const TIMEOUT = 0.5

// A channel that offers `burst` tokens at once and then one every 1/rate seconds, until `quit` is closed.
func tokenBucket(rate, burst, quit) {
    tokens := make(chan, burst)
    for range burst {
        tokens <- true
    }
    go func() {
        for {
            select {
            case <-time.after(1 / rate):
                select {
                case tokens <- true:
                default:                     // the bucket is full: the token is lost
                }
            case <-quit:
                return
            }
        }
    }()
    return tokens
}

// Sends request numbers as fast as the tokens allow.
func produce(count, tokens) {
    requests := make(chan)
    go func() {
        for i := 1; i <= count; i++ {
            <-tokens
            requests <- i
        }
        close(requests)
    }()
    return requests
}

// The service behind the limit: answers with the square, but is sometimes very slow.
func serve(request) {
    reply := make(chan, 1)                   // with room, so that an unwanted answer blocks nobody
    go func() {
        if request % SLOW == 0 {
            time.sleep(TIMEOUT * 4)
        }
        reply <- request * request
    }()
    return reply
}

func argument(i, fallback, max) {
    n := math.tointeger(tonumber(arg[i] || fallback))
    if !n || n < 1 || n > max {
        io.stderr:write("usage: ratelimit.gs [REQUESTS [RATE]]\n")
        os.exit(1)
    }
    return n
}

func main() {
    count, rate := argument(1, 12, 10000), argument(2, 100, 100000)
    burst := 4
    quit := make(chan)
    start := time.monotonic()

    answered, late := 0, 0
    for request := range produce(count, tokenBucket(rate, burst, quit)) {
        select {
        case answer := <-serve(request):
            print(string.format("request %2d: %d", request, answer))
            answered++
        case <-time.after(TIMEOUT):
            print(string.format("request %2d: no answer in time", request))
            late++
        }
    }
    close(quit)

    // The first `burst` requests are free; the others must have waited for tokens.
    elapsed := time.monotonic() - start
    least := math.max(0, count - burst) / rate
    print(answered .. " answered, " .. late .. " late, rate " .. (elapsed >= least * 0.99 && "kept" || "exceeded"))
}

main()
