-- Product of two square matrices kept as tables of rows.
local function build(n, seed)
  local m = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do
      row[j] = ((i * 31 + j * 17 + seed) % 100) / 50.0 - 1.0
    end
    m[i] = row
  end
  return m
end

local function multiply(a, b, n)
  local c = {}
  for i = 1, n do
    local row, ai = {}, a[i]
    for j = 1, n do
      local sum = 0.0
      for k = 1, n do
        sum = sum + ai[k] * b[k][j]
      end
      row[j] = sum
    end
    c[i] = row
  end
  return c
end

local n = 400
local c = multiply(build(n, 1), build(n, 2), n)
local trace, sum = 0.0, 0.0
for i = 1, n do
  trace = trace + c[i][i]
  for j = 1, n do
    sum = sum + c[i][j]
  end
end
print(string.format("%.6f %.6f", trace, sum))
