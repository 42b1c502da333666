// Search by several goroutines at once ("lazy SMP"): each searches the whole tree on its own copy of the position, but
// all share one transposition table, so that what one finds saves the others work. Every second worker starts one depth
// deeper, which keeps them from doing the same thing at the same time. One of them finishing stops all.
//
// Which moves are cut off depends on timing: node counts differ from run to run.
const board = require("board")
const search = require("search")
const ttable = require("ttable")

const M = {}

// Options: depth, seconds (nil for no limit), threads, tt (made here if absent), report (called by the first worker as
// in search.run). Gives {move, score, depth, nodes, seconds, perThread}.
func M.run(pos, options) {
    threads := options.threads || 1
    tt := options.tt || ttable.new(1 << 18)
    start := time.monotonic()
    stop := sync.atomic(0)
    deadline := options.seconds && start + options.seconds || math.huge
    func shouldStop() {
        return stop:load() != 0 || time.monotonic() >= deadline
    }

    results := {}
    func worker(i) {
        s := search.new(board.clone(pos), tt, shouldStop)
        report := i == 1 && options.report || nil
        move, score, depth := search.run(s, i % 2 == 0 && 2 || 1, options.depth, report)
        results[i] = {move: move, score: score, depth: depth, nodes: s.nodes}
        stop:store(1)
    }
    for i := 1; i <= threads; i++ {
        results[i] = false       // every entry has its place before the goroutines share the table
    }
    group := sync.waitgroup()
    for i := 2; i <= threads; i++ {
        group:run(worker, i)
    }
    worker(1)
    group:wait()

    // Whoever finished the greatest depth knows best; the first worker wins ties.
    best := results[1]
    nodes, perThread := 0, {}
    for i := 1; i <= threads; i++ {
        r := results[i]
        nodes += r.nodes
        perThread[i] = r.nodes
        if r.depth > best.depth {
            best = r
        }
    }
    return {
        move: best.move, score: best.score, depth: best.depth,
        nodes: nodes, seconds: time.monotonic() - start, perThread: perThread,
    }
}

return M
