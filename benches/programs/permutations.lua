-- All permutations by Heap's method with a callback, and again in lexical order.
local function permute(t, n, visit)
  if n == 1 then
    visit(t)
    return
  end
  for i = 1, n - 1 do
    permute(t, n - 1, visit)
    if n % 2 == 0 then
      t[i], t[n] = t[n], t[i]
    else
      t[1], t[n] = t[n], t[1]
    end
  end
  permute(t, n - 1, visit)
end

local function next_permutation(t)
  local n = #t
  local i = n - 1
  while i > 0 and t[i] >= t[i + 1] do
    i = i - 1
  end
  if i == 0 then return false end
  local j = n
  while t[j] <= t[i] do
    j = j - 1
  end
  t[i], t[j] = t[j], t[i]
  local lo, hi = i + 1, n
  while lo < hi do
    t[lo], t[hi] = t[hi], t[lo]
    lo = lo + 1
    hi = hi - 1
  end
  return true
end

local function first(n)
  local t = {}
  for i = 1, n do
    t[i] = i
  end
  return t
end

local count, sum = 0, 0
permute(first(10), 10, function(t)
  count = count + 1
  sum = (sum * 3 + t[1] * t[5] - t[10]) % 1000003
end)

local t = first(10)
repeat
  count = count + 1
  sum = (sum + t[2] * t[9]) % 1000003
until not next_permutation(t)
print(string.format("%d %d", count, sum))
