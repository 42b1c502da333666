-- Generators made of coroutines: counters, filters in a chain, and a recursive tree walk.
local yield, wrap = coroutine.yield, coroutine.wrap

local function count(from, to)
  return wrap(function()
    for i = from, to do
      yield(i)
    end
  end)
end

local function filter(keep, source)
  return wrap(function()
    for v in source do
      if keep(v) then yield(v) end
    end
  end)
end

local function map(f, source)
  return wrap(function()
    for v in source do
      yield(f(v))
    end
  end)
end

local function insert(tree, key)
  if not tree then return {key = key} end
  if key < tree.key then
    tree.left = insert(tree.left, key)
  else
    tree.right = insert(tree.right, key)
  end
  return tree
end

local function walk(tree)
  if tree then
    walk(tree.left)
    yield(tree.key)
    walk(tree.right)
  end
end

local function pipeline(n)
  local odd = filter(function(v) return v % 2 == 1 end, count(1, n))
  local squares = map(function(v) return v * v % 1009 end, odd)
  local sum = 0
  for v in squares do
    sum = sum + v
  end
  return sum
end

local tree
local seed = 17
for i = 1, 20000 do
  seed = (seed * 3877 + 29573) % 139968
  tree = insert(tree, seed)
end

local sum = 0
for round = 1, 16 do
  local last = -1
  for key in wrap(function() walk(tree) end) do
    if key < last then error("out of order") end
    last = key
    sum = sum + key % 7
  end
  sum = sum + pipeline(150000 + round)
end
print(string.format("%d", sum))
