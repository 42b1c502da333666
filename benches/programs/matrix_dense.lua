-- Dense matrices in flat tables, 0-based: a product, and a relaxation over neighbours.
local function dense(rows, cols)
  local m = {}
  for i = 0, rows * cols - 1 do
    m[i] = 0.0
  end
  return m
end

local function fill(m, n, seed)
  for i = 0, n - 1 do
    for j = 0, n - 1 do
      m[i * n + j] = ((i * 13 + j * 7 + seed) % 50) / 25.0
    end
  end
end

local function multiply(a, b, c, n)
  for i = 0, n - 1 do
    for j = 0, n - 1 do
      local sum = 0.0
      for k = 0, n - 1 do
        sum = sum + a[i * n + k] * b[k * n + j]
      end
      c[i * n + j] = sum
    end
  end
end

local function relax(a, b, n)
  for i = 1, n - 2 do
    for j = 1, n - 2 do
      b[i * n + j] = 0.25 * (a[(i - 1) * n + j] + a[(i + 1) * n + j] + a[i * n + j - 1] + a[i * n + j + 1])
    end
  end
end

local n = 220
local a, b, c = dense(n, n), dense(n, n), dense(n, n)
fill(a, n, 1)
fill(b, n, 2)
multiply(a, b, c, n)
multiply(c, a, b, n)
for i = 1, 100 do
  relax(b, c, n)
  relax(c, b, n)
end
local sum = 0.0
for i = 0, n - 1 do
  sum = sum + b[i * n + i]
end
print(string.format("%.6f", sum))
