-- Moves of a position. Those generated obey how pieces move, but may leave the mover's own general attacked (which
-- covers the facing generals too): whoever plays one must test that.
local T = require("tables")
local board = require("board")

local EMPTY, OFF = T.EMPTY, T.OFF
local KING, ADVISOR, ELEPHANT, HORSE, ROOK, CANNON = T.KING, T.ADVISOR, T.ELEPHANT, T.HORSE, T.ROOK, T.CANNON
local COLOUR, HOME, PALACE, FORWARD = T.COLOUR, T.HOME, T.PALACE, T.FORWARD
local ORTHOGONAL, DIAGONAL, HORSE_JUMPS = T.ORTHOGONAL, T.DIAGONAL, T.HORSE_JUMPS

local M = {}

-- Writes the moves of the side to move into list[1..n] and gives n; only captures unless `quiet`.
function M.generate(pos, list, quiet)
  local cells, square, kind = pos.cells, pos.square, pos.kind
  local side = pos.side
  local them = 3 - side
  local n = 0
  local first = side == T.RED and 1 or 17
  for id = first, first + 15 do
    local from = square[id]
    if from ~= 0 then
      local head = from * 256
      local k = kind[id]
      if k == ROOK then
        for d = 1, 4 do
          local step = ORTHOGONAL[d]
          local to = from + step
          while cells[to] == EMPTY do
            if quiet then
              n = n + 1
              list[n] = head + to
            end
            to = to + step
          end
          if COLOUR[cells[to]] == them then
            n = n + 1
            list[n] = head + to
          end
        end
      elseif k == CANNON then
        for d = 1, 4 do
          local step = ORTHOGONAL[d]
          local to = from + step
          while cells[to] == EMPTY do
            if quiet then
              n = n + 1
              list[n] = head + to
            end
            to = to + step
          end
          if cells[to] ~= OFF then
            to = to + step
            while cells[to] == EMPTY do
              to = to + step
            end
            if COLOUR[cells[to]] == them then
              n = n + 1
              list[n] = head + to
            end
          end
        end
      elseif k == HORSE then
        for d = 1, 4 do
          if cells[from + ORTHOGONAL[d]] == EMPTY then
            local jumps = HORSE_JUMPS[d]
            for j = 1, 2 do
              local to = from + jumps[j]
              local c = COLOUR[cells[to]]
              if c == them or c == 0 and quiet then
                n = n + 1
                list[n] = head + to
              end
            end
          end
        end
      elseif k == ELEPHANT then
        for d = 1, 4 do
          local step = DIAGONAL[d]
          local to = from + 2 * step
          if HOME[to] == side and cells[from + step] == EMPTY then
            local c = COLOUR[cells[to]]
            if c == them or c == 0 and quiet then
              n = n + 1
              list[n] = head + to
            end
          end
        end
      elseif k == ADVISOR or k == KING then
        local steps = k == KING and ORTHOGONAL or DIAGONAL
        for d = 1, 4 do
          local to = from + steps[d]
          if PALACE[to] == side then
            local c = COLOUR[cells[to]]
            if c == them or c == 0 and quiet then
              n = n + 1
              list[n] = head + to
            end
          end
        end
      else -- soldier: forward, and sideways once it has crossed the river
        local to = from + FORWARD[side]
        local c = COLOUR[cells[to]]
        if c == them or c == 0 and quiet then
          n = n + 1
          list[n] = head + to
        end
        if HOME[from] ~= side then
          for delta = -1, 1, 2 do
            to = from + delta
            c = COLOUR[cells[to]]
            if c == them or c == 0 and quiet then
              n = n + 1
              list[n] = head + to
            end
          end
        end
      end
    end
  end
  return n
end

-- The moves that may really be played, as a new list.
function M.legalMoves(pos)
  local list, legal = {}, {}
  for i = 1, M.generate(pos, list, true) do
    board.makeMove(pos, list[i])
    if not board.inCheck(pos, 3 - pos.side) then
      legal[#legal + 1] = list[i]
    end
    board.undoMove(pos)
  end
  return legal
end

-- Number of games of exactly `depth` moves from here: the standard check of a move generator.
function M.perft(pos, depth)
  if depth == 0 then
    return 1
  end
  local list, total = {}, 0
  for i = 1, M.generate(pos, list, true) do
    board.makeMove(pos, list[i])
    if not board.inCheck(pos, 3 - pos.side) then
      total = total + M.perft(pos, depth - 1)
    end
    board.undoMove(pos)
  end
  return total
end

return M
