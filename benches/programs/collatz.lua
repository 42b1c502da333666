-- The longest Collatz sequence from a start below a limit.
local function steps(n)
  local count = 0
  while n ~= 1 do
    if n % 2 == 0 then
      n = math.floor(n / 2)
    else
      n = 3 * n + 1
    end
    count = count + 1
  end
  return count
end

local best, best_steps, total = 1, 0, 0
for i = 1, 300000 do
  local s = steps(i)
  total = total + s
  if s > best_steps then
    best, best_steps = i, s
  end
end
print(string.format("%d %d %d", best, best_steps, total))
