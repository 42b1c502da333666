-- Closures: counters with private state, composition and currying.
local function counter(step)
  local n = 0
  return function()
    n = n + step
    return n
  end
end

local function account(balance)
  local function deposit(v)
    balance = balance + v
  end
  local function read()
    return balance
  end
  return deposit, read
end

local function compose(f, g)
  return function(x) return f(g(x)) end
end

local function adder(n)
  return function(x) return x + n end
end

local function run(n)
  local sum = 0
  local tick = counter(3)
  local deposit, read = account(0)
  local twice = compose(adder(1), adder(2))
  for i = 1, n do
    sum = sum + tick() % 7
    deposit(i % 5)
    sum = sum + twice(i) % 11
    -- A fresh closure in every iteration.
    local f = adder(i)
    sum = sum + f(1) % 3
  end
  return sum + read()
end

print(string.format("%d", run(3500000)))
