-- Method calls at a site that sees three classes.
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

local Circle = {}
Circle.__index = Circle

function Circle.new(radius)
  return setmetatable({radius = radius}, Circle)
end

function Circle:area()
  return 3 * self.radius * self.radius
end

function Circle:grow(d)
  self.radius = self.radius + d
end

local Rect = {}
Rect.__index = Rect

function Rect.new(w, h)
  return setmetatable({w = w, h = h}, Rect)
end

function Rect:area()
  return self.w * self.h
end

function Rect:grow(d)
  self.w = self.w + d
end

local shapes = {}
for i = 1, 96 do
  if i % 3 == 0 then
    shapes[i] = Square.new(i % 9 + 4)
  elseif i % 3 == 1 then
    shapes[i] = Circle.new(i % 9 + 4)
  elseif i % 3 == 2 then
    shapes[i] = Rect.new(i % 9 + 4, i % 3 + 1)
  end
end

local total = 0
for round = 1, 140000 do
  local step = round % 2 * 2 - 1
  for i = 1, #shapes do
    local s = shapes[i]
    total = total + s:area()
    s:grow(step)
  end
end
print(string.format("%.1f", total))
