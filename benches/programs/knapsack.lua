-- Dynamic programming: the 0/1 knapsack with a full table, and the longest common subsequence.
local function knapsack(weights, values, capacity)
  local n = #weights
  local best = {}
  best[0] = {}
  for c = 0, capacity do
    best[0][c] = 0
  end
  for i = 1, n do
    local row, above = {}, best[i - 1]
    local w, v = weights[i], values[i]
    for c = 0, capacity do
      local without = above[c]
      if c >= w then
        row[c] = math.max(without, above[c - w] + v)
      else
        row[c] = without
      end
    end
    best[i] = row
  end
  local chosen, c = 0, capacity
  for i = n, 1, -1 do
    if best[i][c] ~= best[i - 1][c] then
      chosen = chosen + 1
      c = c - weights[i]
    end
  end
  return best[n][capacity], chosen
end

local function common(a, b)
  local n, m = #a, #b
  local previous, current = {}, {}
  for j = 0, m do
    previous[j] = 0
    current[j] = 0
  end
  for i = 1, n do
    for j = 1, m do
      if a[i] == b[j] then
        current[j] = previous[j - 1] + 1
      else
        current[j] = math.max(previous[j], current[j - 1])
      end
    end
    previous, current = current, previous
  end
  return previous[m]
end

local weights, values = {}, {}
for i = 1, 100 do
  weights[i] = i * 37 % 91 + 5
  values[i] = i * 53 % 97 + 10
end
local a, b = {}, {}
for i = 1, 1200 do
  a[i] = i * i % 17
  b[i] = i * 7 % 23
end

local total, items = 0, 0
for round = 1, 8 do
  local value, chosen = knapsack(weights, values, 4000 + round)
  total = total + value + common(a, b)
  items = items + chosen
end
print(string.format("%d %d", total, items))
