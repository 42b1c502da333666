-- Switches between coroutines, passing values both ways.
local function echo(limit)
  local got, sum = 0, 0
  while got < limit do
    got = coroutine.yield(sum)
    sum = sum + got % 10
  end
  return sum
end

local function ping_pong(n)
  local co = coroutine.create(echo)
  local _, last = coroutine.resume(co, n)
  for i = 1, n do
    _, last = coroutine.resume(co, i)
  end
  return last, coroutine.status(co)
end

local function ring(size, rounds)
  local members = {}
  for i = 1, size do
    members[i] = coroutine.wrap(function(v)
      while true do
        v = coroutine.yield(v + i)
      end
    end)
  end
  local v = 0
  for round = 1, rounds do
    for i = 1, size do
      v = members[i](v) % 1000003
    end
  end
  return v
end

local function short_lived(n)
  local sum = 0
  for i = 1, n do
    local co = coroutine.create(function(a)
      local b = coroutine.yield(a + 1)
      return a + b
    end)
    local _, x = coroutine.resume(co, i)
    local _, y = coroutine.resume(co, x)
    sum = (sum + y) % 1000003
  end
  return sum
end

local last, status = ping_pong(3000000)
print(string.format("%d %s %d %d", last, status, ring(100, 20000), short_lived(300000)))
