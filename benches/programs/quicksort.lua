-- Hoare's quicksort on a table of integers.
local function quicksort(t, lo, hi)
  while lo < hi do
    local pivot = t[math.floor((lo + hi) / 2)]
    local i, j = lo, hi
    while i <= j do
      while t[i] < pivot do
        i = i + 1
      end
      while t[j] > pivot do
        j = j - 1
      end
      if i <= j then
        t[i], t[j] = t[j], t[i]
        i = i + 1
        j = j - 1
      end
    end
    if j - lo < hi - i then
      quicksort(t, lo, j)
      lo = i
    else
      quicksort(t, i, hi)
      hi = j
    end
  end
end

local seed = 42
local function random()
  seed = (seed * 16807) % 2147483647
  return seed
end

local n = 200000
local check = 0
for round = 1, 10 do
  local t = {}
  for i = 1, n do
    t[i] = random() % 1000000
  end
  quicksort(t, 1, n)
  for i = 2, n do
    if t[i - 1] > t[i] then error("not sorted") end
  end
  check = (check * 31 + t[1] + t[n / 2] + t[n]) % 1000000007
end
print(string.format("%d", check))
