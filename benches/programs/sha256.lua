-- SHA-256 of messages, on 32-bit integer operations.
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

local band, bxor, bnot, ror, rshift = bit.band, bit.bxor, bit.bnot, bit.ror, bit.rshift

local K = {}
local START = {}

local function fraction_bits(x)
  local f = x - math.floor(x)
  return math.floor(f * 4294967296)
end

-- The round constants are the fractions of roots of the first primes; a power with 1/3 would not be exact on every
-- machine, so the cube root is polished by Newton's rule.
local function cube_root(n)
  local r = 1.0
  for i = 1, 60 do
    r = r - (r * r * r - n) / (3.0 * r * r)
  end
  return r
end

local function fill_constants()
  local n, p = 0, 2
  while n < 64 do
    local prime = true
    for d = 2, p - 1 do
      if p % d == 0 then prime = false end
    end
    if prime then
      n = n + 1
      K[n] = fraction_bits(cube_root(p))
      if n <= 8 then START[n] = fraction_bits(math.sqrt(p)) end
    end
    p = p + 1
  end
end

local function pad(message)
  local len = #message
  local zeros = (55 - len) % 64
  local bits = len * 8
  local parts = {}
  for i = 8, 1, -1 do
    parts[i] = string.char(bits % 256)
    bits = math.floor(bits / 256)
  end
  return message .. "\x80" .. string.rep("\0", zeros) .. table.concat(parts)
end

local function block(s, at, w, h)
  for i = 1, 16 do
    local a, b, c, d = s:byte(at, at + 3)
    w[i] = a * 16777216 + b * 65536 + c * 256 + d
    at = at + 4
  end
  for i = 17, 64 do
    local v, u = w[i - 15], w[i - 2]
    local s0 = bxor(bxor(ror(v, 7), ror(v, 18)), rshift(v, 3))
    local s1 = bxor(bxor(ror(u, 17), ror(u, 19)), rshift(u, 10))
    w[i] = band(w[i - 16] + s0 + w[i - 7] + s1, 0xffffffff)
  end
  local a, b, c, d, e, f, g, k = h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8]
  for i = 1, 64 do
    local s1 = bxor(bxor(ror(e, 6), ror(e, 11)), ror(e, 25))
    local ch = bxor(band(e, f), band(bnot(e), g))
    local t1 = k + s1 + ch + K[i] + w[i]
    local s0 = bxor(bxor(ror(a, 2), ror(a, 13)), ror(a, 22))
    local maj = bxor(bxor(band(a, b), band(a, c)), band(b, c))
    local t2 = s0 + maj
    k, g, f, e, d, c, b, a = g, f, e, band(d + t1, 0xffffffff), c, b, a, band(t1 + t2, 0xffffffff)
  end
  h[1] = band(h[1] + a, 0xffffffff)
  h[2] = band(h[2] + b, 0xffffffff)
  h[3] = band(h[3] + c, 0xffffffff)
  h[4] = band(h[4] + d, 0xffffffff)
  h[5] = band(h[5] + e, 0xffffffff)
  h[6] = band(h[6] + f, 0xffffffff)
  h[7] = band(h[7] + g, 0xffffffff)
  h[8] = band(h[8] + k, 0xffffffff)
end

local function sha256(message)
  local s = pad(message)
  local h, w = {}, {}
  for i = 1, 8 do
    h[i] = START[i]
  end
  for at = 1, #s, 64 do
    block(s, at, w, h)
  end
  local out = {}
  for i = 1, 8 do
    out[i] = string.format("%08x", h[i] % 4294967296)
  end
  return table.concat(out)
end

fill_constants()
print(sha256("abc"))
local digest = ""
for i = 1, 240 do
  digest = sha256(string.rep("GScript", 700) .. digest)
end
print(digest)
