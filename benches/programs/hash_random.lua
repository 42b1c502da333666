-- Hashing and pseudo-random numbers, with the state in locals, in a field and in globals.
local bit = rawget(_G, "bit") or load([[
  local M = 0xffffffff
  return {
    band = function(a, b) return a & b & M end,
    bor = function(a, b) return (a | b) & M end,
    bxor = function(a, b) return (a ~ b) & M end,
    bnot = function(a) return ~a & M end,
    lshift = function(a, n) return (a << n) & M end,
    rshift = function(a, n) return (a & M) >> n end,
    rol = function(a, n) a = a & M; return ((a << n) | (a >> (32 - n))) & M end,
    ror = function(a, n) a = a & M; return ((a >> n) | (a << (32 - n))) & M end,
  }
]])()

local band, bxor, lshift, rshift = bit.band, bit.bxor, bit.lshift, bit.rshift

-- Lehmer's generator; its state is a field.
local Lehmer = {}
Lehmer.__index = Lehmer

function Lehmer.new(seed)
  return setmetatable({state = seed}, Lehmer)
end

function Lehmer:draw()
  self.state = self.state * 48271 % 2147483647
  return self.state
end

-- Marsaglia's xorshift with 128 bits of state in four globals.
xs_a, xs_b, xs_c, xs_d = 123456789, 362436069, 521288629, 88675123

local function xorshift()
  local t = bxor(xs_a, lshift(xs_a, 11))
  xs_a, xs_b, xs_c = xs_b, xs_c, xs_d
  xs_d = bxor(bxor(xs_d, rshift(xs_d, 19)), bxor(t, rshift(t, 8)))
  return xs_d
end

-- A 64-bit state in two 32-bit halves, mixed by multiplications that stay below 2^53.
local function mix64(hi, lo, v)
  lo = bxor(lo, v)
  local low = band(lo, 0xffff) * 40503
  local high = band(rshift(lo, 16), 0xffff) * 40503 + math.floor(low / 65536)
  lo = band(lo + lshift(band(high, 0xffff), 16) + band(low, 0xffff), 0xffffffff)
  hi = bxor(hi + band(high, 0xffffff), lshift(lo, 5))
  return bxor(hi, rshift(lo, 7)), bxor(lo, rshift(hi, 3))
end

local rng = Lehmer.new(20240229)
local sum, hi, lo = 0, 0x9e3779b9, 0x7f4a7c15
for i = 1, 1500000 do
  sum = (sum + rng:draw()) % 1000000007
  hi, lo = mix64(hi, lo, xorshift())
end
print(string.format("%d %d %d", sum, hi % 4294967296, lo % 4294967296))
