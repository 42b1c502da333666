-- Method calls at a site that sees eight classes.
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

local Triangle = {}
Triangle.__index = Triangle

function Triangle.new(base, height)
  return setmetatable({base = base, height = height}, Triangle)
end

function Triangle:area()
  return self.base * self.height / 2
end

function Triangle:grow(d)
  self.base = self.base + d
end

local Ring = {}
Ring.__index = Ring

function Ring.new(outer, inner)
  return setmetatable({outer = outer, inner = inner}, Ring)
end

function Ring:area()
  return 3 * (self.outer * self.outer - self.inner * self.inner)
end

function Ring:grow(d)
  self.outer = self.outer + d
end

local Cross = {}
Cross.__index = Cross

function Cross.new(arm, width)
  return setmetatable({arm = arm, width = width}, Cross)
end

function Cross:area()
  return 4 * self.arm * self.width + self.width * self.width
end

function Cross:grow(d)
  self.arm = self.arm + d
end

local Diamond = {}
Diamond.__index = Diamond

function Diamond.new(p, q)
  return setmetatable({p = p, q = q}, Diamond)
end

function Diamond:area()
  return self.p * self.q / 2
end

function Diamond:grow(d)
  self.p = self.p + d
end

local Line = {}
Line.__index = Line

function Line.new(length)
  return setmetatable({length = length}, Line)
end

function Line:area()
  return 0 * self.length
end

function Line:grow(d)
  self.length = self.length + d
end

local shapes = {}
for i = 1, 96 do
  if i % 8 == 0 then
    shapes[i] = Square.new(i % 9 + 4)
  elseif i % 8 == 1 then
    shapes[i] = Circle.new(i % 9 + 4)
  elseif i % 8 == 2 then
    shapes[i] = Rect.new(i % 9 + 4, i % 3 + 1)
  elseif i % 8 == 3 then
    shapes[i] = Triangle.new(i % 9 + 4, i % 3 + 1)
  elseif i % 8 == 4 then
    shapes[i] = Ring.new(i % 9 + 4, i % 3 + 1)
  elseif i % 8 == 5 then
    shapes[i] = Cross.new(i % 9 + 4, i % 3 + 1)
  elseif i % 8 == 6 then
    shapes[i] = Diamond.new(i % 9 + 4, i % 3 + 1)
  elseif i % 8 == 7 then
    shapes[i] = Line.new(i % 9 + 4)
  end
end

local total = 0
for round = 1, 130000 do
  local step = round % 2 * 2 - 1
  for i = 1, #shapes do
    local s = shapes[i]
    total = total + s:area()
    s:grow(step)
  end
end
print(string.format("%.1f", total))
