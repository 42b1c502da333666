-- Sum of the primes below a limit, by trial division.
local function is_prime(n)
  if n < 2 then return false end
  if n % 2 == 0 then return n == 2 end
  local d = 3
  while d * d <= n do
    if n % d == 0 then return false end
    d = d + 2
  end
  return true
end

local sum, count = 0, 0
for n = 1, 1600000 do
  if is_prime(n) then
    sum = sum + n
    count = count + 1
  end
end
print(string.format("%d %d", sum, count))
