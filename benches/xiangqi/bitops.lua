-- The few integer operations that LuaJIT and Lua 5.4 spell differently. Arguments are at most 2^47 and not negative.
-- LuaJIT keeps only the low 32 bits of a result; every user of bxor compares results with each other, never across hosts.
local ok, bit = pcall(require, "bit")
if ok then
  return { bxor = bit.bxor, bxor4 = bit.bxor, band = bit.band, rshift = bit.rshift }
end
-- The operators do not even parse in LuaJIT, hence the text.
return load([[
  return {
    bxor = function(a, b) return a ~ b end,
    bxor4 = function(a, b, c, d) return a ~ b ~ c ~ d end,
    band = function(a, b) return a & b end,
    rshift = function(a, n) return a >> n end,
  }
]])()
