-- Variable arguments: counting, selecting, packing and passing on.
local unpack = table.unpack or unpack

local function sum_select(...)
  local s = 0
  for i = 1, select("#", ...) do
    s = s + (select(i, ...))
  end
  return s
end

local function sum_table(...)
  local t = {...}
  local s = 0
  for i = 1, #t do
    s = s + t[i]
  end
  return s
end

local function forward(f, ...)
  return f(...)
end

local function swap(a, b, ...)
  return b, a, ...
end

local function run(n)
  local sum = 0
  local args = {1, 2, 3, 4, 5}
  for i = 1, n do
    sum = sum + sum_select(i, 2, 3)
    sum = sum + sum_table(i, i + 1, 4, 5)
    sum = sum + forward(sum_select, 1, i)
    sum = sum + sum_table(unpack(args))
    local a, b, c = swap(i, 1, 2)
    sum = sum + a - b + c
  end
  return sum
end

print(string.format("%d", run(1600000)))
