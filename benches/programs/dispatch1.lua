-- Method calls at a site that sees one class.
local Square = {}
Square.__index = Square

function Square.new(side)
  return setmetatable({side = side}, Square)
end

function Square:area()
  return self.side * self.side
end

function Square:grow(d)
  self.side = self.side + d
end

local shapes = {}
for i = 1, 96 do
  shapes[i] = Square.new(i % 9 + 4)
end

local total = 0
for round = 1, 150000 do
  local step = round % 2 * 2 - 1
  for i = 1, #shapes do
    local s = shapes[i]
    total = total + s:area()
    s:grow(step)
  end
end
print(string.format("%.1f", total))
