-- Iterative-deepening alpha-beta search (principal variation search in negamax form) with a transposition table, null
-- move, late-move reductions, check extensions, killer and history ordering, and a quiescence search of captures.
--
-- A searcher owns everything but the transposition table, which several searchers may share.
local T = require("tables")
local ops = require("bitops")
local board = require("board")
local movegen = require("movegen")
local eval = require("eval")
local ttable = require("ttable")

local band, rshift = ops.band, ops.rshift
local EMPTY = T.EMPTY
local makeMove, undoMove, inCheck = board.makeMove, board.undoMove, board.inCheck
local generate, evaluate = movegen.generate, eval.evaluate
local EXACT, LOWER, UPPER = ttable.EXACT, ttable.LOWER, ttable.UPPER

local M = {}

-- MATE - n is mate in n plies. Losing by perpetual check is worth BAN, out of the range of mates: it depends on the
-- moves that led here, so such scores must not enter the transposition table.
local MATE, BAN, MATE_LOW, BAN_LOW = 30000, 29000, 29500, 28500
local PLY_MAX = 60
local NULL_REDUCTION = 2
local POLL = 2048                -- nodes between two looks at the stop condition
local HISTORY_MAX = 65536
-- Ordering: first the move of the transposition table, then captures, killers, and the rest by history.
local FIRST, CAPTURE, KILLER = 1000000000, 10000000, 1000000

M.MATE, M.MATE_LOW, M.PLY_MAX = MATE, MATE_LOW, PLY_MAX

-- `shouldStop()` is polled now and then; nil means never.
function M.new(pos, tt, shouldStop)
  local s = {
    pos = pos, tt = tt, shouldStop = shouldStop,
    nodes = 0, stopped = false, rootMove = 0,
    lists = {}, orders = {}, killer1 = {}, killer2 = {}, history = {},
  }
  for ply = 1, PLY_MAX + 1 do
    s.lists[ply] = {}
    s.orders[ply] = {}
    s.killer1[ply] = 0
    s.killer2[ply] = 0
  end
  for index = 1, 15 * 256 do
    s.history[index] = 0
  end
  return s
end

local function poll(s)
  if s.shouldStop and s.shouldStop() then
    s.stopped = true
  end
end

-- Gives every move of the list a number; higher ones are searched earlier.
local function rate(s, list, order, n, ply, hashMove)
  local pos = s.pos
  local cells, kind, base, history = pos.cells, pos.kind, pos.base, s.history
  local killer1, killer2 = s.killer1[ply], s.killer2[ply]
  for i = 1, n do
    local move = list[i]
    local to = band(move, 255)
    local captured = cells[to]
    if move == hashMove then
      order[i] = FIRST
    elseif captured ~= EMPTY then
      local attacker = cells[rshift(move, 8)]
      order[i] = CAPTURE + T.WORTH[kind[captured]] * 16 - T.WORTH[kind[attacker]]
    elseif move == killer1 then
      order[i] = KILLER + 1
    elseif move == killer2 then
      order[i] = KILLER
    else
      order[i] = history[base[cells[rshift(move, 8)]] + to]
    end
  end
end

-- Moves the best of list[i..n] to place i and gives it.
local function pick(list, order, i, n)
  local best, bestOrder = i, order[i]
  for j = i + 1, n do
    if order[j] > bestOrder then
      best, bestOrder = j, order[j]
    end
  end
  local move = list[best]
  if best ~= i then
    list[best], order[best] = list[i], order[i]
    list[i], order[i] = move, bestOrder
  end
  return move
end

-- Plays on with captures only, or with every move out of a check, until the position is calm.
local function quiesce(s, alpha, beta, ply)
  local pos = s.pos
  s.nodes = s.nodes + 1
  if s.nodes % POLL == 0 then
    poll(s)
  end
  if s.stopped then
    return 0
  end
  if ply > PLY_MAX then
    return evaluate(pos)
  end
  local side = pos.side
  local checked = inCheck(pos, side)
  local best = ply - 1 - MATE
  if not checked then
    best = evaluate(pos)
    if best >= beta then
      return best
    end
    if best > alpha then
      alpha = best
    end
  end
  local list, order = s.lists[ply], s.orders[ply]
  local n = generate(pos, list, checked)
  rate(s, list, order, n, ply, 0)
  for i = 1, n do
    local move = pick(list, order, i, n)
    makeMove(pos, move)
    if inCheck(pos, side) then
      undoMove(pos)
    else
      local score = -quiesce(s, -beta, -alpha, ply + 1)
      undoMove(pos)
      if score > best then
        best = score
        if score > alpha then
          alpha = score
          if score >= beta then
            break
          end
        end
      end
    end
  end
  return best
end

-- Rewards a quiet move that refuted the opponent's last one.
local function remember(s, move, depth, ply)
  local pos = s.pos
  local to = band(move, 255)
  if pos.cells[to] ~= EMPTY then
    return
  end
  if s.killer1[ply] ~= move then
    s.killer2[ply] = s.killer1[ply]
    s.killer1[ply] = move
  end
  local history = s.history
  local index = pos.base[pos.cells[rshift(move, 8)]] + to
  history[index] = history[index] + depth * depth
  if history[index] > HISTORY_MAX then
    for i = 1, #history do
      history[i] = rshift(history[i], 1)
    end
  end
end

-- Plies are counted from 1 at the root, so that they index lists.
local function negamax(s, depth, alpha, beta, ply, mayPass)
  local pos = s.pos
  local side = pos.side
  local checked = inCheck(pos, side)
  if checked then
    if pos.ply > 0 then
      pos.checks[pos.ply] = true
    end
    depth = depth + 1
  end
  if depth <= 0 or ply > PLY_MAX then
    return quiesce(s, alpha, beta, ply)
  end
  s.nodes = s.nodes + 1
  if s.nodes % POLL == 0 then
    poll(s)
  end
  if s.stopped then
    return 0
  end

  if ply > 1 then
    local repeated = board.repetition(pos)
    if repeated == 1 then
      return 0
    elseif repeated == 2 then
      return ply - 1 - BAN
    elseif repeated == 3 then
      return BAN - ply + 1
    end
  end

  local hashMove = 0
  local data = ttable.probe(s.tt, pos.key, pos.lock)
  if data ~= 0 then
    local move, bound, entryDepth, score = ttable.unpack(data)
    hashMove = move
    if entryDepth >= depth and ply > 1 then
      if score > MATE_LOW then
        score = score - ply + 1
      elseif score < -MATE_LOW then
        score = score + ply - 1
      end
      if bound == EXACT or bound == LOWER and score >= beta or bound == UPPER and score <= alpha then
        return score
      end
    end
  end

  if mayPass and not checked and depth >= 3 and beta < BAN_LOW and eval.hasForce(pos) and evaluate(pos) >= beta then
    board.makeNull(pos)
    local score = -negamax(s, depth - 1 - NULL_REDUCTION, -beta, 1 - beta, ply + 1, false)
    board.undoNull(pos)
    if s.stopped then
      return 0
    end
    if score >= beta then
      return beta
    end
  end

  local list, order = s.lists[ply], s.orders[ply]
  local n = generate(pos, list, true)
  rate(s, list, order, n, ply, hashMove)
  local best, bestMove, bound, searched = ply - 1 - MATE, 0, UPPER, 0
  for i = 1, n do
    local move = pick(list, order, i, n)
    local calm = order[i] < KILLER
    makeMove(pos, move)
    if inCheck(pos, side) then
      undoMove(pos)
    else
      searched = searched + 1
      local score
      if searched == 1 then
        score = -negamax(s, depth - 1, -beta, -alpha, ply + 1, true)
      else
        local less = 1
        if searched > 6 and depth >= 3 and calm and not checked then
          less = 2
        end
        score = -negamax(s, depth - less, -alpha - 1, -alpha, ply + 1, true)
        if score > alpha and (less == 2 or score < beta) then
          score = -negamax(s, depth - 1, -beta, -alpha, ply + 1, true)
        end
      end
      undoMove(pos)
      if s.stopped then
        return 0
      end
      if score > best then
        best = score
        if score > alpha then
          alpha = score
          bound = EXACT
          bestMove = move
          if ply == 1 then
            s.rootMove = move
          end
          if score >= beta then
            bound = LOWER
            remember(s, move, depth, ply)
            break
          end
        end
      end
    end
  end

  local size = best < 0 and -best or best
  if size < BAN_LOW or size > MATE_LOW then
    local score = best
    if best > MATE_LOW then
      score = best + ply - 1
    elseif best < -MATE_LOW then
      score = best - ply + 1
    end
    ttable.store(s.tt, pos.key, pos.lock, bestMove, bound, depth < 63 and depth or 63, score)
  end
  return best
end

-- Searches deeper and deeper. `report(depth, score, move, nodes)` is called after every finished depth. Gives best move
-- (0 if there is none), its score and the depth that was finished.
function M.run(s, firstDepth, lastDepth, report)
  local legal = movegen.legalMoves(s.pos)
  if #legal == 0 then
    return 0, -MATE, 0
  end
  local bestMove, bestScore, finished = legal[1], 0, 0
  for depth = firstDepth, lastDepth do
    s.rootMove = 0
    local score = negamax(s, depth, -MATE, MATE, 1, false)
    if s.stopped then
      break
    end
    if s.rootMove ~= 0 then
      bestMove = s.rootMove
    end
    bestScore, finished = score, depth
    if report then
      report(depth, score, bestMove, s.nodes)
    end
    if score > MATE_LOW or score < -MATE_LOW then
      break
    end
  end
  return bestMove, bestScore, finished
end

return M
