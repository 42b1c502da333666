-- Creates many small objects of a class, some of which stay alive for a while.
local Point = {}
Point.__index = Point

function Point.new(x, y)
  return setmetatable({x = x, y = y}, Point)
end

function Point:add(other)
  return Point.new(self.x + other.x, self.y + other.y)
end

local function run(n)
  local recent = {}
  local total = Point.new(0, 0)
  local unit = Point.new(1, 2)
  for i = 1, n do
    local p = Point.new(i % 10, i % 7)
    total = total:add(p)
    total = total:add(unit)
    recent[i % 1000 + 1] = p
  end
  local kept = 0
  for i = 1, #recent do
    kept = kept + recent[i].x
  end
  return total, kept
end

local total, kept = run(2000000)
print(string.format("%d %d %d", total.x, total.y, kept))
