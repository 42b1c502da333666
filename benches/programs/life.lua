-- Conway's game of life on a torus.
local function new_grid(w, h)
  local g = {}
  for y = 1, h do
    local row = {}
    for x = 1, w do
      row[x] = 0
    end
    g[y] = row
  end
  return g
end

local function step(src, dst, w, h)
  local alive = 0
  for y = 1, h do
    local above, here, below = src[y > 1 and y - 1 or h], src[y], src[y < h and y + 1 or 1]
    local out = dst[y]
    for x = 1, w do
      local l = x > 1 and x - 1 or w
      local r = x < w and x + 1 or 1
      local n = above[l] + above[x] + above[r] + here[l] + here[r] + below[l] + below[x] + below[r]
      if n == 3 or (n == 2 and here[x] == 1) then
        out[x] = 1
        alive = alive + 1
      else
        out[x] = 0
      end
    end
  end
  return alive
end

local w, h = 160, 120
local a, b = new_grid(w, h), new_grid(w, h)
local seed = 4711
for y = 1, h do
  for x = 1, w do
    seed = (seed * 3877 + 29573) % 139968
    if seed > 90000 then a[y][x] = 1 end
  end
end
local alive, sum = 0, 0
for i = 1, 900 do
  alive = step(a, b, w, h)
  sum = sum + alive
  a, b = b, a
end
print(string.format("%d %d", alive, sum))
