-- Sums, products and comparisons that mix integers and floats.
local function sums(n)
  local a, b, c = 0, 0.0, 0
  for i = 1, n do
    a = a + i
    b = b + i
    c = c + i * 0.5
    if c > a then c = c - 1 end
    if i % 3 == 0 then
      a = a - 1
    else
      b = b + 0.25
    end
  end
  return a, b, c
end

local function series(n)
  local values = {}
  for i = 1, n do
    if i % 2 == 0 then
      values[i] = i
    else
      values[i] = i / 2
    end
  end
  local total, largest = 0, 0
  for i = 1, n do
    local v = values[i]
    total = total + v
    if v > largest then largest = v end
  end
  return total, largest
end

local function horner(coefficients, x)
  local y = 0
  for i = #coefficients, 1, -1 do
    y = y * x + coefficients[i]
  end
  return y
end

local a, b, c = sums(18000000)
print(string.format("%d %.2f %.2f", a, b, c))
local total = 0
for round = 1, 20 do
  local t, l = series(100000 + round)
  total = total + t + l
end
print(string.format("%.2f", total))
local y = 0
local poly = {1, 0.5, 2, 0.25, 3}
for i = 1, 1500000 do
  y = y + horner(poly, i % 10) + horner(poly, 0.5)
end
print(string.format("%.4f", y))
