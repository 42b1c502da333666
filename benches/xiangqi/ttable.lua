-- Transposition table: what earlier searches found out about a position, in two plain arrays.
--
-- `data` packs move, bound, depth and score into one number below 2^41. `check` holds the position's lock xor that
-- data, so an entry of which two threads wrote one half each does not match any position and is simply not found.
local ops = require("bitops")

local bxor, band, floor = ops.bxor, ops.band, math.floor

local M = { EXACT = 1, LOWER = 2, UPPER = 3 }

-- `size` must be a power of two.
function M.new(size)
  local tt = { mask = size - 1, check = {}, data = {} }
  for slot = 1, size do
    tt.check[slot] = 0
    tt.data[slot] = 0
  end
  return tt
end

-- Packed data of the position, 0 if there is none.
function M.probe(tt, key, lock)
  local slot = band(key, tt.mask) + 1
  local data = tt.data[slot]
  if data ~= 0 and bxor(tt.check[slot], data) == lock then
    return data
  end
  return 0
end

-- Fields of packed data: 16 bits of move, 2 of bound, 6 of depth, 16 of score.
function M.unpack(data)
  local rest = floor(data / 65536)
  local upper = floor(rest / 256)
  return data % 65536, rest % 4, floor(rest / 4) % 64, upper - 32768
end

-- Keeps an entry of the same position unless the new one is at least as deep; other positions are replaced.
function M.store(tt, key, lock, move, bound, depth, score)
  local slot = band(key, tt.mask) + 1
  local old = tt.data[slot]
  if old ~= 0 and bxor(tt.check[slot], old) == lock then
    if floor(old / 262144) % 64 > depth then
      return
    end
    if move == 0 then
      move = old % 65536
    end
  end
  local data = (score + 32768) * 16777216 + depth * 262144 + bound * 65536 + move
  tt.data[slot] = data
  tt.check[slot] = bxor(lock, data)
end

return M
