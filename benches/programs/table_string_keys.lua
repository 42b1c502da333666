-- Tables with computed string keys: inserting, reading, updating and removing.
local keys = {}
for i = 1, 2000 do
  keys[i] = "key" .. i * 7919 % 100003
end

local function round_trip(n)
  local t = {}
  for i = 1, n do
    t[keys[i]] = i
  end
  local sum = 0
  for i = n, 1, -1 do
    sum = sum + t[keys[i]]
  end
  for i = 1, n do
    t[keys[i]] = t[keys[i]] + 1
  end
  for i = 1, n, 2 do
    t[keys[i]] = nil
  end
  local left = 0
  for k, v in pairs(t) do
    left = left + v
  end
  return sum + left
end

local total = 0
for round = 1, 4500 do
  total = total + round_trip(1000 + round % 1000)
end
print(string.format("%d", total))
