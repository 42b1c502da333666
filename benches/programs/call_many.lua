-- A loop around a call of a tiny function.
local function add(a, b)
  return a + b
end

local x = 0
for i = 1, 40000000 do
  x = add(x, 1)
end
print(string.format("%d", x))
