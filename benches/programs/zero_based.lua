-- Arrays that start at index 0: prefix sums, a ring buffer, a convolution and a digit counter.
local function fill(n)
  local t = {}
  for i = 0, n - 1 do
    t[i] = i * 7 % 13
  end
  return t
end

local function prefix_sums(t, n)
  local s = {}
  s[0] = t[0]
  for i = 1, n - 1 do
    s[i] = s[i - 1] + t[i]
  end
  return s
end

local function ring(n, size)
  local buffer = {}
  for i = 0, size - 1 do
    buffer[i] = 0
  end
  local sum = 0
  for i = 0, n - 1 do
    local at = i % size
    sum = sum + buffer[at]
    buffer[at] = i % 17
  end
  return sum
end

local function convolve(t, n, kernel, m)
  local out = {}
  for i = 0, n - m do
    local sum = 0
    for j = 0, m - 1 do
      sum = sum + t[i + j] * kernel[j]
    end
    out[i] = sum
  end
  return out
end

local function digits(limit)
  local counts = {[0] = 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
  for n = 0, limit do
    local v = n
    repeat
      local d = v % 10
      counts[d] = counts[d] + 1
      v = (v - d) / 10
    until v == 0
  end
  return counts
end

local n = 200000
local kernel = {[0] = 1, 2, 3, 2, 1}
local total = 0
for round = 1, 12 do
  local t = fill(n)
  local s = prefix_sums(t, n)
  local c = convolve(t, n, kernel, 5)
  total = total + s[n - 1] + c[0] + c[n - 5] + ring(n, 64 + round)
end
local counts = digits(1200000)
print(string.format("%d %d %d", total, counts[0], counts[9]))
