-- A position: who stands where, whose turn it is, and everything needed to take moves back.
--
-- Each piece has a number for the whole game (tables.lua). `cells` maps squares to pieces and `square` maps pieces to
-- squares, 0 for one that was captured, so that neither finding a piece nor moving it needs a search. The hash (two
-- numbers) and the material score change with each move instead of being computed anew.
-- A move is from * 256 + to.
local T = require("tables")
local ops = require("bitops")

local bxor, bxor4, band, rshift = ops.bxor, ops.bxor4, ops.band, ops.rshift
local RED, BLACK, EMPTY, OFF = T.RED, T.BLACK, T.EMPTY, T.OFF
local KING, ADVISOR, ELEPHANT, HORSE, ROOK, CANNON, SOLDIER =
  T.KING, T.ADVISOR, T.ELEPHANT, T.HORSE, T.ROOK, T.CANNON, T.SOLDIER
local COLOUR, VALUE, KEY, LOCK, SIDE_KEY, SIDE_LOCK = T.COLOUR, T.VALUE, T.KEY, T.LOCK, T.SIDE_KEY, T.SIDE_LOCK
local ORTHOGONAL, DIAGONAL, HORSE_ATTACKS, FORWARD = T.ORTHOGONAL, T.DIAGONAL, T.HORSE_ATTACKS, T.FORWARD

local M = {}

M.OPENING = "rnbakabnr/9/1c5c1/p1p1p1p1p/9/9/P1P1P1P1P/1C5C1/9/RNBAKABNR w"

local KIND_OF_LETTER = {
  k = KING, a = ADVISOR, b = ELEPHANT, e = ELEPHANT, n = HORSE, h = HORSE, r = ROOK, c = CANNON, p = SOLDIER,
}
local LETTER = { "K", "A", "B", "N", "R", "C", "P" }
local COUNT_MAX = { 1, 2, 2, 2, 2, 2, 5 }

local function emptyPosition()
  local pos = {
    cells = {}, square = {}, kind = {}, base = {},
    side = RED, key = 0, lock = 0, score = 0,
    ply = 0, moves = {}, captured = {}, keys = {}, locks = {}, scores = {}, checks = {},
  }
  for sq = 1, 256 do
    pos.cells[sq] = T.ON_BOARD[sq] and EMPTY or OFF
  end
  for id = 1, 34 do
    pos.square[id] = 0
    pos.kind[id] = 0
    pos.base[id] = 0
  end
  return pos
end

-- Is the general of `side` attacked?
function M.inCheck(pos, side)
  local cells, kind = pos.cells, pos.kind
  local king = pos.square[side == RED and 1 or 17]
  local them = 3 - side
  for d = 1, 4 do
    local step = ORTHOGONAL[d]
    local sq = king + step
    local id = cells[sq]
    while id == EMPTY do
      sq = sq + step
      id = cells[sq]
    end
    if COLOUR[id] == them then
      local k = kind[id]
      if k == ROOK or k == KING then
        return true
      end
      if k == SOLDIER and sq == king + step and step ~= FORWARD[them] then
        return true
      end
    end
    if id ~= OFF then
      sq = sq + step
      id = cells[sq]
      while id == EMPTY do
        sq = sq + step
        id = cells[sq]
      end
      if COLOUR[id] == them and kind[id] == CANNON then
        return true
      end
    end
  end
  for d = 1, 4 do
    if cells[king + DIAGONAL[d]] == EMPTY then
      local jumps = HORSE_ATTACKS[d]
      local id = cells[king + jumps[1]]
      if COLOUR[id] == them and kind[id] == HORSE then
        return true
      end
      id = cells[king + jumps[2]]
      if COLOUR[id] == them and kind[id] == HORSE then
        return true
      end
    end
  end
  return false
end

-- Plays a move that movegen gave. The caller must undo it if it leaves the mover's general attacked.
function M.makeMove(pos, move)
  local cells, square, base = pos.cells, pos.square, pos.base
  local from, to = rshift(move, 8), band(move, 255)
  local id, captured = cells[from], cells[to]
  local ply = pos.ply + 1
  pos.ply = ply
  pos.moves[ply] = move
  pos.captured[ply] = captured
  pos.keys[ply] = pos.key
  pos.locks[ply] = pos.lock
  pos.scores[ply] = pos.score
  pos.checks[ply] = false
  local fromIndex, toIndex = base[id] + from, base[id] + to
  local key = bxor4(pos.key, KEY[fromIndex], KEY[toIndex], SIDE_KEY)
  local lock = bxor4(pos.lock, LOCK[fromIndex], LOCK[toIndex], SIDE_LOCK)
  local score = pos.score - VALUE[fromIndex] + VALUE[toIndex]
  if captured ~= EMPTY then
    local index = base[captured] + to
    square[captured] = 0
    key = bxor(key, KEY[index])
    lock = bxor(lock, LOCK[index])
    score = score - VALUE[index]
  end
  cells[from] = EMPTY
  cells[to] = id
  square[id] = to
  pos.key = key
  pos.lock = lock
  pos.score = score
  pos.side = 3 - pos.side
end

function M.undoMove(pos)
  local cells, square = pos.cells, pos.square
  local ply = pos.ply
  local move, captured = pos.moves[ply], pos.captured[ply]
  local from, to = rshift(move, 8), band(move, 255)
  local id = cells[to]
  cells[from] = id
  square[id] = from
  cells[to] = captured
  if captured ~= EMPTY then
    square[captured] = to
  end
  pos.key = pos.keys[ply]
  pos.lock = pos.locks[ply]
  pos.score = pos.scores[ply]
  pos.side = 3 - pos.side
  pos.ply = ply - 1
end

-- Passes the turn. Move 0 marks the place, across which no repetition is looked for.
function M.makeNull(pos)
  local ply = pos.ply + 1
  pos.ply = ply
  pos.moves[ply] = 0
  pos.captured[ply] = EMPTY
  pos.keys[ply] = pos.key
  pos.locks[ply] = pos.lock
  pos.scores[ply] = pos.score
  pos.checks[ply] = false
  pos.key = bxor(pos.key, SIDE_KEY)
  pos.lock = bxor(pos.lock, SIDE_LOCK)
  pos.side = 3 - pos.side
end

function M.undoNull(pos)
  local ply = pos.ply
  pos.key = pos.keys[ply]
  pos.lock = pos.locks[ply]
  pos.side = 3 - pos.side
  pos.ply = ply - 1
end

-- Has the position occurred before without a capture in between? 0: no. 1: yes, a draw. 2: yes, and only the side to
-- move gave check in every move since, so that it loses. 3: the same for the other side. `checks[ply]` says whether the
-- move at that ply gave check.
function M.repetition(pos)
  local keys, locks, moves, captured, checks = pos.keys, pos.locks, pos.moves, pos.captured, pos.checks
  local key, lock = pos.key, pos.lock
  local theirs, ours = true, true
  local ply = pos.ply
  while ply > 0 and moves[ply] ~= 0 and captured[ply] == EMPTY do
    theirs = theirs and checks[ply]
    ply = ply - 1
    if ply == 0 or moves[ply] == 0 or captured[ply] ~= EMPTY then
      return 0
    end
    ours = ours and checks[ply]
    if keys[ply] == key and locks[ply] == lock then
      if ours == theirs then
        return 1
      end
      return ours and 2 or 3
    end
    ply = ply - 1
  end
  return 0
end

local function place(pos, counts, kind, colour, sq)
  local code = kind + (colour == BLACK and 7 or 0)
  counts[code] = (counts[code] or 0) + 1
  if counts[code] > COUNT_MAX[kind] then
    return "too many pieces of kind " .. LETTER[kind]
  end
  if (kind == KING or kind == ADVISOR) and T.PALACE[sq] ~= colour then
    return LETTER[kind] .. " outside its palace"
  end
  if kind == ELEPHANT and T.HOME[sq] ~= colour then
    return "B across the river"
  end
  local first = colour == RED and 1 or 17
  local id = first
  if kind ~= KING then
    counts[-colour] = (counts[-colour] or 0) + 1
    id = first + counts[-colour]
  end
  local index = code * 256 + sq
  pos.cells[sq] = id
  pos.square[id] = sq
  pos.kind[id] = kind
  pos.base[id] = code * 256
  pos.key = bxor(pos.key, KEY[index])
  pos.lock = bxor(pos.lock, LOCK[index])
  pos.score = pos.score + VALUE[index]
  return nil
end

-- Reads a position in FEN. Gives the position, or nil and what is wrong.
function M.fromFen(fen)
  local placement, turn = fen:match("^%s*(%S+)%s*(%S*)")
  if not placement then
    return nil, "empty FEN"
  end
  local pos, counts = emptyPosition(), {}
  local row, column = 3, 3
  for i = 1, #placement do
    local ch = placement:sub(i, i)
    local kind = KIND_OF_LETTER[ch:lower()]
    if ch == "/" then
      if column ~= 12 then
        return nil, "rank " .. row - 2 .. " does not have nine files"
      end
      row, column = row + 1, 3
    elseif ch:match("[1-9]") then
      column = column + tonumber(ch)
    elseif kind then
      if row > 12 or column > 11 then
        return nil, "more than ten ranks of nine files"
      end
      local colour = ch:match("%u") and RED or BLACK
      local problem = place(pos, counts, kind, colour, row * 16 + column)
      if problem then
        return nil, problem
      end
      column = column + 1
    else
      return nil, "unknown piece '" .. ch .. "'"
    end
  end
  if row ~= 12 or column ~= 12 then
    return nil, "not ten ranks of nine files"
  end
  if pos.square[1] == 0 or pos.square[17] == 0 then
    return nil, "a general is missing"
  end
  if turn == "b" then
    pos.side = BLACK
    pos.key = bxor(pos.key, SIDE_KEY)
    pos.lock = bxor(pos.lock, SIDE_LOCK)
  elseif turn ~= "" and turn ~= "w" and turn ~= "r" then
    return nil, "the side to move must be w or b"
  end
  if M.inCheck(pos, 3 - pos.side) then
    return nil, "the side to move could capture the general"
  end
  return pos
end

function M.toFen(pos)
  local ranks = {}
  for row = 3, 12 do
    local text, empty = "", 0
    for column = 3, 11 do
      local id = pos.cells[row * 16 + column]
      if id == EMPTY then
        empty = empty + 1
      else
        if empty > 0 then
          text = text .. empty
          empty = 0
        end
        local letter = LETTER[pos.kind[id]]
        text = text .. (COLOUR[id] == RED and letter or letter:lower())
      end
    end
    if empty > 0 then
      text = text .. empty
    end
    ranks[#ranks + 1] = text
  end
  return table.concat(ranks, "/") .. (pos.side == RED and " w" or " b")
end

-- Files a to i from the left, ranks 0 to 9 from Red's base line: h2e2.
function M.moveName(move)
  local function squareName(sq)
    return string.char(97 + band(sq, 15) - 3) .. string.format("%d", 12 - rshift(sq, 4))
  end
  return squareName(rshift(move, 8)) .. squareName(band(move, 255))
end

return M
