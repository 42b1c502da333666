-- Ackermann's function: very deep recursion.
local function ack(m, n)
  if m == 0 then return n + 1 end
  if n == 0 then return ack(m - 1, 1) end
  return ack(m - 1, ack(m, n - 1))
end

local sum = 0
for i = 1, 16 do
  sum = sum + ack(2, 300 + i) + ack(3, 8)
end
print(string.format("%d", sum))
