-- Levenshtein distance between words, with two rows of the table.
local function distance(a, b)
  local la, lb = #a, #b
  local previous, current = {}, {}
  for j = 0, lb do
    previous[j] = j
  end
  for i = 1, la do
    local ca = a:byte(i)
    current[0] = i
    for j = 1, lb do
      local cost = ca == b:byte(j) and 0 or 1
      local best = previous[j - 1] + cost
      local deletion = previous[j] + 1
      if deletion < best then best = deletion end
      local insertion = current[j - 1] + 1
      if insertion < best then best = insertion end
      current[j] = best
    end
    previous, current = current, previous
  end
  return previous[lb]
end

local seed = 99
local function word(n)
  local letters = {}
  for i = 1, n do
    seed = seed * 16807 % 2147483647
    letters[i] = string.char(97 + seed % 4)
  end
  return table.concat(letters)
end

local words = {}
for i = 1, 48 do
  words[i] = word(100 + i % 20)
end
local sum, closest = 0, 1000
for i = 1, #words do
  for j = i + 1, #words do
    local d = distance(words[i], words[j])
    sum = sum + d
    if d < closest then closest = d end
  end
end
print(string.format("%d %d", sum, closest))
