-- Heapsort on a table of floats.
local function sift_down(t, lo, hi)
  local root = lo
  while root * 2 <= hi do
    local child = root * 2
    if child < hi and t[child] < t[child + 1] then child = child + 1 end
    if t[root] >= t[child] then return end
    t[root], t[child] = t[child], t[root]
    root = child
  end
end

local function heapsort(t, n)
  for i = math.floor(n / 2), 1, -1 do
    sift_down(t, i, n)
  end
  for i = n, 2, -1 do
    t[1], t[i] = t[i], t[1]
    sift_down(t, 1, i - 1)
  end
end

local seed = 42
local function random()
  seed = (seed * 3877 + 29573) % 139968
  return seed / 139968
end

local n = 150000
local check = 0.0
for round = 1, 8 do
  local t = {}
  for i = 1, n do
    t[i] = random()
  end
  heapsort(t, n)
  for i = 2, n do
    if t[i - 1] > t[i] then error("not sorted") end
  end
  check = check + t[1] + t[n / 2] + t[n]
end
print(string.format("%.9f", check))
