-- Takeuchi's function: deep calls with three arguments.
local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

local sum = 0
for i = 1, 12 do
  sum = sum + tak(24 + i % 2, 16, 8)
end
print(string.format("%d", sum))
