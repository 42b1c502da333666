// Xiangqi (Chinese chess): a complete engine in GScript. This file is the command line; the other modules are
//   tables  geometry, values and hash numbers      eval    static evaluation
//   board   position, FEN, making moves            ttable  transposition table
//   movegen move generation, perft                 search  alpha-beta search
//   smp     search by several goroutines           bench   benchmark with output that never varies
//
//     gscript examples/xiangqi/main.gs --help
const board = require("board")
const movegen = require("movegen")
const search = require("search")
const ttable = require("ttable")
const smp = require("smp")

const USAGE = `Usage: gscript main.gs [COMMAND] [OPTIONS]

Commands
  analyse      print the board and search for the best move (default)
  play         play against the engine on standard input
  perft N      count the games of 1 to N moves
  bench        search three positions to a fixed depth in one thread; nodes per second
  parallel     the same with several goroutines sharing one transposition table

Options
  --fen FEN    position to start from ("w" or "b" to move); default is the opening
  --depth N    search depth, 1 to 40 (default 6)
  --time S     stop after S seconds
  --threads N  goroutines, 1 to 64 (default: 1; parallel: 4)
  --side w|b   your side in play (default w)
  --help       this text

Moves are written from and to, files a to i and ranks 0 to 9 as Red sees them: h2e2.`

const BENCH_POSITIONS = {
    board.OPENING,
    "2bakab2/9/1cn1c3n/p1p1p1p1p/9/2P2r3/P3P1P1P/C1N1B1C1N/7R1/3AKAB2 w",
    "3ak1b2/4a4/4b4/4p1P2/5R3/3c5/3r5/3AB3N/3K5/5AB2 w",
}

func fail(message) {
    io.stderr:write("xiangqi: ", message, "\n")
    os.exit(2)
}

func integerOption(name, text, low, high) {
    n := math.tointeger(tonumber(text || ""))
    if !n || n < low || n > high {
        fail(string.format("%s needs an integer from %d to %d", name, low, high))
    }
    return n
}

func parseArguments(args) {
    options := {command: "analyse", fen: board.OPENING, depth: 6, side: 1}
    words := {}
    i := 1
    for i <= #args {
        word, value := args[i], args[i + 1]
        switch word {
        case "--help", "-h":
            print(USAGE)
            os.exit(0)
        case "--fen":
            options.fen = value || fail("--fen needs a position")
            i++
        case "--depth":
            options.depth = integerOption("--depth", value, 1, 40)
            i++
        case "--threads":
            options.threads = integerOption("--threads", value, 1, 64)
            i++
        case "--time":
            options.seconds = tonumber(value || "")
            if !options.seconds || options.seconds <= 0 {
                fail("--time needs a positive number of seconds")
            }
            i++
        case "--side":
            if value != "w" && value != "b" {
                fail("--side needs w or b")
            }
            options.side = value == "w" && 1 || 2
            i++
        default:
            if word:sub(1, 1) == "-" {
                fail("unknown option " .. word .. " (try --help)")
            }
            words[#words + 1] = word
        }
        i++
    }
    options.command = words[1] || options.command
    options.operand = words[2]
    return options
}

func position(fen) {
    pos, problem := board.fromFen(fen)
    if !pos {
        fail("bad FEN: " .. problem)
    }
    return pos
}

func scoreText(score) {
    if score > search.MATE_LOW {
        return string.format("mate in %d", math.floor((search.MATE - score + 1) / 2))
    }
    if score < -search.MATE_LOW {
        return string.format("mated in %d", math.floor((search.MATE + score) / 2))
    }
    return string.format("%+d", score)
}

func perSecond(nodes, seconds) {
    return string.format("%d nodes, %.2f s, %.0f nodes/s", nodes, seconds, nodes / math.max(seconds, 1e-6))
}

// Best line from the transposition table, as text.
func line(pos, tt, first, length) {
    names, move := {}, first
    for move != 0 && #names < length && table.contains(movegen.legalMoves(pos), move) {
        names[#names + 1] = board.moveName(move)
        board.makeMove(pos, move)
        data := ttable.probe(tt, pos.key, pos.lock)
        move = data & 65535
    }
    for range #names {
        board.undoMove(pos)
    }
    return table.concat(names, " ")
}

// Why the game is over in this position, or nil.
func verdict(pos) {
    mover := pos.side == 1 && "Red" || "Black"
    other := pos.side == 1 && "Black" || "Red"
    if #movegen.legalMoves(pos) == 0 {
        if board.inCheck(pos, pos.side) {
            return mover .. " is checkmated: " .. other .. " wins"
        }
        return mover .. " has no move: " .. other .. " wins"
    }
    switch board.repetition(pos) {
    case 1: return "repeated position: draw"
    case 2: return "perpetual check by " .. mover .. ": " .. other .. " wins"
    case 3: return "perpetual check by " .. other .. ": " .. mover .. " wins"
    }
    return nil
}

func analyse(options) {
    pos := position(options.fen)
    print(board.picture(pos))
    print("\nFEN " .. board.toFen(pos) .. "\n")
    if reason := verdict(pos); reason {
        print(reason)
        return
    }
    tt := ttable.new(1 << 18)
    result := smp.run(pos, {
        depth: options.depth, seconds: options.seconds, threads: options.threads, tt: tt,
        report: func(depth, score, move, nodes) {
            print(string.format("depth %2d  %9s  %9d nodes  %s", depth, scoreText(score), nodes,
                line(board.clone(pos), tt, move, depth)))
        },
    })
    print(string.format("\nbest move %s (%s)", board.moveName(result.move), scoreText(result.score)))
    print(perSecond(result.nodes, result.seconds))
}

func perft(options) {
    depth := integerOption("perft", options.operand || "3", 1, 8)
    pos := position(options.fen)
    for d := 1; d <= depth; d++ {
        start := time.monotonic()
        count := movegen.perft(pos, d)
        print(string.format("perft %d: %s", d, perSecond(count, time.monotonic() - start)))
    }
}

func bench(options, threads) {
    nodes, seconds := 0, 0.0
    for i, fen := range ipairs(BENCH_POSITIONS) {
        result := smp.run(position(fen), {depth: options.depth, seconds: options.seconds, threads: threads})
        print(string.format("position %d: depth %d, best %s (%s), %s", i, result.depth, board.moveName(result.move),
            scoreText(result.score), perSecond(result.nodes, result.seconds)))
        if threads > 1 {
            print("  nodes by goroutine: " .. table.concat(result.perThread, " "))
        }
        nodes += result.nodes
        seconds += result.seconds
    }
    print(string.format("%d thread%s: %s", threads, threads == 1 && "" || "s", perSecond(nodes, seconds)))
}

const PLAY_HELP = `  h2e2    play that move             hint    what the engine would play
  undo    take back your last move   moves   list the legal moves
  new     start again                go      let the engine move for you
  fen     print the position         fen F   set the position
  board   print the board            quit    leave`

func enginePlays(pos, options) {
    result := smp.run(pos, {depth: options.depth, seconds: options.seconds, threads: options.threads})
    board.play(pos, result.move)
    print("engine plays " .. board.moveName(result.move) .. " (" .. scoreText(result.score) .. ")")
}

// Lets the engine move while it is its turn; false when the game is over.
func settle(pos, options) {
    reason := verdict(pos)
    if !reason && pos.side != options.side {
        enginePlays(pos, options)
        reason = verdict(pos)
    }
    print(board.picture(pos))
    if reason {
        print(reason)
    } elseif board.inCheck(pos, pos.side) {
        print("check!")
    }
    return reason == nil
}

func play(options) {
    pos := position(options.fen)
    print("Your moves as in h2e2; \"help\" lists the commands.")
    running := settle(pos, options)
    for {
        io.write("> ")
        input := io.read("l")
        if !input {
            print()
            return
        }
        word, rest := input:match("^%s*(%S*)%s*(.-)%s*$")
        word = word:lower()
        switch word {
        case "":
        case "quit", "exit", "q":
            return
        case "help", "?":
            print(PLAY_HELP)
        case "board":
            print(board.picture(pos))
        case "new":
            pos = position(board.OPENING)
            running = settle(pos, options)
        case "fen":
            if rest == "" {
                print(board.toFen(pos))
            } else {
                other, problem := board.fromFen(rest)
                if other {
                    pos = other
                    running = settle(pos, options)
                } else {
                    print("bad FEN: " .. problem)
                }
            }
        case "moves":
            names := table.map(movegen.legalMoves(pos), board.moveName)
            table.sort(names)
            print(table.concat(names, " "))
        case "undo":
            count := pos.side == options.side && 2 || 1
            if pos.ply < count {
                print("nothing to take back")
            } else {
                for range count {
                    board.undoMove(pos)
                }
                running = true
                print(board.picture(pos))
            }
        case "hint", "go":
            if !running {
                print("the game is over (new, undo, fen or quit)")
            } elseif word == "hint" {
                result := smp.run(pos, {depth: options.depth, seconds: options.seconds, threads: options.threads})
                print(board.moveName(result.move) .. " (" .. scoreText(result.score) .. ")")
            } else {
                enginePlays(pos, options)
                running = settle(pos, options)
            }
        default:
            chosen := nil
            for _, move := range ipairs(movegen.legalMoves(pos)) {
                if board.moveName(move) == word {
                    chosen = move
                }
            }
            if !running {
                print("the game is over (new, undo, fen or quit)")
            } elseif chosen {
                board.play(pos, chosen)
                running = settle(pos, options)
            } else {
                print("not a legal move or command: " .. word)
            }
        }
    }
}

func main() {
    options := parseArguments(arg)
    switch options.command {
    case "analyse", "analyze": analyse(options)
    case "play":               play(options)
    case "perft":              perft(options)
    case "bench":              bench(options, 1)
    case "parallel":           bench(options, options.threads || 4)
    default:                   fail("unknown command " .. options.command .. " (try --help)")
    }
}

main()
