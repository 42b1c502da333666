-- The spectral norm of an infinite matrix, by the power method.
local function a(i, j)
  local ij = i + j - 1
  return 1.0 / (ij * (ij - 1) * 0.5 + i)
end

local function mul_av(n, x, y)
  for i = 1, n do
    local sum = 0.0
    for j = 1, n do
      sum = sum + x[j] * a(i, j)
    end
    y[i] = sum
  end
end

local function mul_atv(n, x, y)
  for i = 1, n do
    local sum = 0.0
    for j = 1, n do
      sum = sum + x[j] * a(j, i)
    end
    y[i] = sum
  end
end

local function mul_at_av(n, x, y, t)
  mul_av(n, x, t)
  mul_atv(n, t, y)
end

local n = 850
local u, v, t = {}, {}, {}
for i = 1, n do
  u[i] = 1.0
end
for i = 1, 10 do
  mul_at_av(n, u, v, t)
  mul_at_av(n, v, u, t)
end
local vbv, vv = 0.0, 0.0
for i = 1, n do
  local ui, vi = u[i], v[i]
  vbv = vbv + ui * vi
  vv = vv + vi * vi
end
print(string.format("%.9f", math.sqrt(vbv / vv)))
