-- Mutually recursive functions: Hofstadter's sequences and a parity test.
local male, female

function female(n)
  if n == 0 then return 1 end
  return n - male(female(n - 1))
end

function male(n)
  if n == 0 then return 0 end
  return n - female(male(n - 1))
end

local is_odd

local function is_even(n)
  if n == 0 then return true end
  return is_odd(n - 1)
end

function is_odd(n)
  if n == 0 then return false end
  return is_even(n - 1)
end

local sum = 0
for i = 1, 480 do
  sum = sum + female(i % 60) + male(i % 55)
end

local evens = 0
for i = 1, 8000 do
  if is_even(i) then evens = evens + 1 end
end
print(string.format("%d %d", sum, evens))
