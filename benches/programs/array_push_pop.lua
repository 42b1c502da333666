-- A table as a stack and as a list: appending at and removing from the end, with and without the library.
local insert, remove = table.insert, table.remove

local function by_length(n)
  local t = {}
  for i = 1, n do
    t[#t + 1] = i
  end
  local sum = 0
  while #t > 0 do
    sum = sum + t[#t]
    t[#t] = nil
  end
  return sum
end

local function by_library(n)
  local t = {}
  for i = 1, n do
    insert(t, i)
  end
  local sum = 0
  while #t > 0 do
    sum = sum + remove(t)
  end
  return sum
end

local function breathing(n)
  local t, sum = {}, 0
  for i = 1, n do
    insert(t, i)
    insert(t, i * 2)
    if i % 3 == 0 then sum = sum + remove(t) + remove(t) + remove(t) end
  end
  for i = 1, 24 do
    insert(t, i, i)
    sum = sum + remove(t, i + 1)
  end
  return sum + #t
end

local total = 0
for round = 1, 10 do
  total = total + by_length(150000 + round) + by_library(150000 + round) + breathing(100000 + round)
end
print(string.format("%d", total))
