-- How good a position looks without searching: material and placement, which the position keeps up to date, plus the
-- freedom of rooks and horses.
local T = require("tables")

local EMPTY, HORSE, ROOK = T.EMPTY, T.HORSE, T.ROOK
local ORTHOGONAL = T.ORTHOGONAL
local ROOK_REACH, HORSE_BLOCKED, TEMPO = 2, 6, 4

local function freedom(pos, first)
  local cells, square, kind = pos.cells, pos.square, pos.kind
  local total = 0
  for id = first, first + 15 do
    local from = square[id]
    if from ~= 0 then
      local k = kind[id]
      if k == ROOK then
        for d = 1, 4 do
          local step = ORTHOGONAL[d]
          local to = from + step
          while cells[to] == EMPTY do
            total = total + ROOK_REACH
            to = to + step
          end
        end
      elseif k == HORSE then
        for d = 1, 4 do
          if cells[from + ORTHOGONAL[d]] ~= EMPTY then
            total = total - HORSE_BLOCKED
          end
        end
      end
    end
  end
  return total
end

local M = {}

-- From the point of view of the side to move.
function M.evaluate(pos)
  local score = pos.score + freedom(pos, 1) - freedom(pos, 17)
  if pos.side == T.BLACK then
    score = -score
  end
  return score + TEMPO
end

-- Has the side to move a piece besides its guards and soldiers? Without one, passing may be its best move.
function M.hasForce(pos)
  local square, kind = pos.square, pos.kind
  local first = pos.side == T.RED and 1 or 17
  for id = first, first + 15 do
    local k = kind[id]
    if square[id] ~= 0 and k >= HORSE and k <= T.CANNON then
      return true
    end
  end
  return false
end

return M
