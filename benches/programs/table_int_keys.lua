-- Tables with integer keys: sparse, negative and large ones, and dense ones filled backwards.
local function sparse(n)
  local t = {}
  local k = 1
  for i = 1, n do
    k = (k * 48271) % 2147483647
    t[k] = i
  end
  local sum = 0
  k = 1
  for i = 1, n do
    k = (k * 48271) % 2147483647
    sum = sum + t[k]
  end
  return sum
end

local function signed(n)
  local t = {}
  for i = -n, n do
    t[i] = i * 2
  end
  local sum = 0
  for i = -n, n do
    sum = sum + t[-i] * i
  end
  return sum
end

local function strided(n)
  local t = {}
  for i = n, 1, -1 do
    t[i * 16] = i
  end
  local sum, count = 0, 0
  for k, v in pairs(t) do
    sum = sum + k * v % 1000
    count = count + 1
  end
  return sum + count
end

local total = 0
for round = 1, 36 do
  total = total + sparse(100000 + round)
  total = total + signed(50000 + round)
  total = total + strided(60000 + round)
end
print(string.format("%d", total))
