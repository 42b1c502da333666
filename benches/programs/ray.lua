-- A small ray tracer: spheres over a plane, shadows and reflections, vectors as objects.
local Vec = {}
Vec.__index = Vec

local function vec(x, y, z)
  return setmetatable({x = x, y = y, z = z}, Vec)
end

function Vec.__add(a, b)
  return vec(a.x + b.x, a.y + b.y, a.z + b.z)
end

function Vec.__sub(a, b)
  return vec(a.x - b.x, a.y - b.y, a.z - b.z)
end

function Vec:scale(k)
  return vec(self.x * k, self.y * k, self.z * k)
end

function Vec:dot(b)
  return self.x * b.x + self.y * b.y + self.z * b.z
end

function Vec:normalize()
  return self:scale(1.0 / math.sqrt(self:dot(self)))
end

local Sphere = {}
Sphere.__index = Sphere

function Sphere.new(center, radius, color, mirror)
  return setmetatable({center = center, radius2 = radius * radius, color = color, mirror = mirror}, Sphere)
end

function Sphere:hit(origin, direction)
  local to = self.center - origin
  local along = to:dot(direction)
  local off2 = to:dot(to) - along * along
  if off2 > self.radius2 then return nil end
  local half = math.sqrt(self.radius2 - off2)
  local t = along - half
  if t > 0.0001 then return t end
  t = along + half
  if t > 0.0001 then return t end
  return nil
end

function Sphere:normal(point)
  return (point - self.center):normalize()
end

function Sphere:color_at(point)
  return self.color
end

local Floor = {}
Floor.__index = Floor

function Floor.new(y, mirror)
  return setmetatable({y = y, mirror = mirror, up = vec(0.0, 1.0, 0.0)}, Floor)
end

function Floor:hit(origin, direction)
  if direction.y > -0.0001 then return nil end
  local t = (self.y - origin.y) / direction.y
  if t > 0.0001 then return t end
  return nil
end

function Floor:normal(point)
  return self.up
end

function Floor:color_at(point)
  return (math.floor(point.x) + math.floor(point.z)) % 2 == 0 and 0.9 or 0.2
end

local function nearest(scene, origin, direction)
  local best, found = 1e30, nil
  for i = 1, #scene do
    local t = scene[i]:hit(origin, direction)
    if t and t < best then
      best, found = t, scene[i]
    end
  end
  return found, best
end

local function shade(scene, light, origin, direction, depth)
  local thing, t = nearest(scene, origin, direction)
  if not thing then return 0.3 + 0.5 * (direction.y + 1.0) * 0.5 end
  local point = origin + direction:scale(t)
  local normal = thing:normal(point)
  local to_light = light - point
  local bright = 0.1
  if not nearest(scene, point, to_light:normalize()) then
    local cosine = normal:dot(to_light:normalize())
    if cosine > 0.0 then bright = bright + 0.9 * cosine end
  end
  local color = thing:color_at(point) * bright
  if depth > 0 and thing.mirror > 0.0 then
    local bounced = direction - normal:scale(2.0 * direction:dot(normal))
    color = color * (1.0 - thing.mirror) + thing.mirror * shade(scene, light, point, bounced, depth - 1)
  end
  return color
end

local function render(width, height)
  local scene = {Floor.new(-1.0, 0.1)}
  for i = 0, 6 do
    local center = vec(i * 1.1 - 3.3, -0.3 + i % 3 * 0.6, 5.0 + i % 2 * 1.5)
    scene[#scene + 1] = Sphere.new(center, 0.7, 0.3 + 0.1 * i, 0.3)
  end
  local light, eye = vec(-5.0, 8.0, -3.0), vec(0.0, 0.5, -2.0)
  local sum, dark = 0.0, 0
  for py = 0, height - 1 do
    for px = 0, width - 1 do
      local direction = vec((px - width / 2) / width * 1.6, (height / 2 - py) / width * 1.6, 1.0):normalize()
      local color = shade(scene, light, eye, direction, 3)
      sum = sum + color
      if color < 0.1 then dark = dark + 1 end
    end
  end
  return sum, dark
end

local sum, dark = render(360, 270)
print(string.format("%.6f %d", sum, dark))
