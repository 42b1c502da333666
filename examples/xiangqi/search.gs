// Iterative-deepening alpha-beta search (principal variation search in negamax form) with a transposition table, null
// move, late-move reductions, check extensions, killer and history ordering, and a quiescence search of captures.
//
// A searcher owns everything but the transposition table, which several searchers may share.
const T = require("tables")
const board = require("board")
const movegen = require("movegen")
const eval = require("eval")
const ttable = require("ttable")

const EMPTY = T.EMPTY
const makeMove, undoMove, inCheck = board.makeMove, board.undoMove, board.inCheck
const generate, evaluate = movegen.generate, eval.evaluate
const EXACT, LOWER, UPPER = ttable.EXACT, ttable.LOWER, ttable.UPPER

const M = {}

// MATE - n is mate in n plies. Losing by perpetual check is worth BAN, out of the range of mates: it depends on the
// moves that led here, so such scores must not enter the transposition table.
const MATE, BAN, MATE_LOW, BAN_LOW = 30000, 29000, 29500, 28500
const PLY_MAX = 60
const NULL_REDUCTION = 2
const POLL = 2048                // nodes between two looks at the stop condition
const HISTORY_MAX = 65536
// Ordering: first the move of the transposition table, then captures, killers, and the rest by history.
const FIRST, CAPTURE, KILLER = 1000000000, 10000000, 1000000

M.MATE, M.MATE_LOW, M.PLY_MAX = MATE, MATE_LOW, PLY_MAX

// `shouldStop()` is polled now and then; nil means never.
func M.new(pos, tt, shouldStop) {
    s := {
        pos: pos, tt: tt, shouldStop: shouldStop,
        nodes: 0, stopped: false, rootMove: 0,
        lists: {}, orders: {}, killer1: {}, killer2: {}, history: {},
    }
    for ply := 1; ply <= PLY_MAX + 1; ply++ {
        s.lists[ply] = {}
        s.orders[ply] = {}
        s.killer1[ply] = 0
        s.killer2[ply] = 0
    }
    for index := 1; index <= 15 * 256; index++ {
        s.history[index] = 0
    }
    return s
}

func poll(s) {
    if s.shouldStop && s.shouldStop() {
        s.stopped = true
    }
}

// Gives every move of the list a number; higher ones are searched earlier.
func rate(s, list, order, n, ply, hashMove) {
    pos := s.pos
    cells, kind, base, history := pos.cells, pos.kind, pos.base, s.history
    killer1, killer2 := s.killer1[ply], s.killer2[ply]
    for i := 1; i <= n; i++ {
        move := list[i]
        to := move & 255
        captured := cells[to]
        if move == hashMove {
            order[i] = FIRST
        } elseif captured != EMPTY {
            attacker := cells[move >> 8]
            order[i] = CAPTURE + T.WORTH[kind[captured]] * 16 - T.WORTH[kind[attacker]]
        } elseif move == killer1 {
            order[i] = KILLER + 1
        } elseif move == killer2 {
            order[i] = KILLER
        } else {
            order[i] = history[base[cells[move >> 8]] + to]
        }
    }
}

// Moves the best of list[i..n] to place i and gives it.
func pick(list, order, i, n) {
    best, bestOrder := i, order[i]
    for j := i + 1; j <= n; j++ {
        if order[j] > bestOrder {
            best, bestOrder = j, order[j]
        }
    }
    move := list[best]
    if best != i {
        list[best], order[best] = list[i], order[i]
        list[i], order[i] = move, bestOrder
    }
    return move
}

// Plays on with captures only, or with every move out of a check, until the position is calm.
func quiesce(s, alpha, beta, ply) {
    pos := s.pos
    s.nodes++
    if s.nodes % POLL == 0 {
        poll(s)
    }
    if s.stopped {
        return 0
    }
    if ply > PLY_MAX {
        return evaluate(pos)
    }
    side := pos.side
    checked := inCheck(pos, side)
    best := ply - 1 - MATE
    if !checked {
        best = evaluate(pos)
        if best >= beta {
            return best
        }
        if best > alpha {
            alpha = best
        }
    }
    list, order := s.lists[ply], s.orders[ply]
    n := generate(pos, list, checked)
    rate(s, list, order, n, ply, 0)
    for i := 1; i <= n; i++ {
        move := pick(list, order, i, n)
        makeMove(pos, move)
        if inCheck(pos, side) {
            undoMove(pos)
        } else {
            score := -quiesce(s, -beta, -alpha, ply + 1)
            undoMove(pos)
            if score > best {
                best = score
                if score > alpha {
                    alpha = score
                    if score >= beta {
                        break
                    }
                }
            }
        }
    }
    return best
}

// Rewards a quiet move that refuted the opponent's last one.
func remember(s, move, depth, ply) {
    pos := s.pos
    to := move & 255
    if pos.cells[to] != EMPTY {
        return
    }
    if s.killer1[ply] != move {
        s.killer2[ply] = s.killer1[ply]
        s.killer1[ply] = move
    }
    history := s.history
    index := pos.base[pos.cells[move >> 8]] + to
    history[index] += depth * depth
    if history[index] > HISTORY_MAX {
        for i := 1; i <= #history; i++ {
            history[i] >>= 1
        }
    }
}

// Plies are counted from 1 at the root, so that they index lists.
func negamax(s, depth, alpha, beta, ply, mayPass) {
    pos := s.pos
    side := pos.side
    checked := inCheck(pos, side)
    if checked {
        if pos.ply > 0 {
            pos.checks[pos.ply] = true
        }
        depth++
    }
    if depth <= 0 || ply > PLY_MAX {
        return quiesce(s, alpha, beta, ply)
    }
    s.nodes++
    if s.nodes % POLL == 0 {
        poll(s)
    }
    if s.stopped {
        return 0
    }

    if ply > 1 {
        repeated := board.repetition(pos)
        if repeated == 1 {
            return 0
        } elseif repeated == 2 {
            return ply - 1 - BAN
        } elseif repeated == 3 {
            return BAN - ply + 1
        }
    }

    hashMove := 0
    data := ttable.probe(s.tt, pos.key, pos.lock)
    if data != 0 {
        move, bound, entryDepth, score := ttable.unpack(data)
        hashMove = move
        if entryDepth >= depth && ply > 1 {
            if score > MATE_LOW {
                score = score - ply + 1
            } elseif score < -MATE_LOW {
                score = score + ply - 1
            }
            if bound == EXACT || bound == LOWER && score >= beta || bound == UPPER && score <= alpha {
                return score
            }
        }
    }

    if mayPass && !checked && depth >= 3 && beta < BAN_LOW && eval.hasForce(pos) && evaluate(pos) >= beta {
        board.makeNull(pos)
        score := -negamax(s, depth - 1 - NULL_REDUCTION, -beta, 1 - beta, ply + 1, false)
        board.undoNull(pos)
        if s.stopped {
            return 0
        }
        if score >= beta {
            return beta
        }
    }

    list, order := s.lists[ply], s.orders[ply]
    n := generate(pos, list, true)
    rate(s, list, order, n, ply, hashMove)
    best, bestMove, bound, searched := ply - 1 - MATE, 0, UPPER, 0
    for i := 1; i <= n; i++ {
        move := pick(list, order, i, n)
        calm := order[i] < KILLER
        makeMove(pos, move)
        if inCheck(pos, side) {
            undoMove(pos)
        } else {
            searched++
            var score
            if searched == 1 {
                score = -negamax(s, depth - 1, -beta, -alpha, ply + 1, true)
            } else {
                less := 1
                if searched > 6 && depth >= 3 && calm && !checked {
                    less = 2
                }
                score = -negamax(s, depth - less, -alpha - 1, -alpha, ply + 1, true)
                if score > alpha && (less == 2 || score < beta) {
                    score = -negamax(s, depth - 1, -beta, -alpha, ply + 1, true)
                }
            }
            undoMove(pos)
            if s.stopped {
                return 0
            }
            if score > best {
                best = score
                if score > alpha {
                    alpha = score
                    bound = EXACT
                    bestMove = move
                    if ply == 1 {
                        s.rootMove = move
                    }
                    if score >= beta {
                        bound = LOWER
                        remember(s, move, depth, ply)
                        break
                    }
                }
            }
        }
    }

    size := best < 0 && -best || best
    if size < BAN_LOW || size > MATE_LOW {
        score := best
        if best > MATE_LOW {
            score = best + ply - 1
        } elseif best < -MATE_LOW {
            score = best - ply + 1
        }
        ttable.store(s.tt, pos.key, pos.lock, bestMove, bound, depth < 63 && depth || 63, score)
    }
    return best
}

// Searches deeper and deeper. `report(depth, score, move, nodes)` is called after every finished depth. Gives best move
// (0 if there is none), its score and the depth that was finished.
func M.run(s, firstDepth, lastDepth, report) {
    legal := movegen.legalMoves(s.pos)
    if #legal == 0 {
        return 0, -MATE, 0
    }
    bestMove, bestScore, finished := legal[1], 0, 0
    for depth := firstDepth; depth <= lastDepth; depth++ {
        s.rootMove = 0
        score := negamax(s, depth, -MATE, MATE, 1, false)
        if s.stopped {
            break
        }
        if s.rootMove != 0 {
            bestMove = s.rootMove
        }
        bestScore, finished = score, depth
        if report {
            report(depth, score, bestMove, s.nodes)
        }
        if score > MATE_LOW || score < -MATE_LOW {
            break
        }
    }
    return bestMove, bestScore, finished
}

return M
