-- Builds and walks many short-lived binary trees beside one long-lived one.
local function bottom_up(depth)
  if depth == 0 then return {} end
  return {left = bottom_up(depth - 1), right = bottom_up(depth - 1)}
end

local function check(tree)
  if tree.left then return 1 + check(tree.left) + check(tree.right) end
  return 1
end

local function shift(n)
  local r = 1
  for i = 1, n do
    r = r * 2
  end
  return r
end

local max_depth = 16
print(string.format("stretch %d", check(bottom_up(max_depth + 1))))
local long_lived = bottom_up(max_depth)
for depth = 4, max_depth, 3 do
  local iterations = shift(max_depth - depth + 4)
  local sum = 0
  for i = 1, iterations do
    sum = sum + check(bottom_up(depth))
  end
  print(string.format("%d trees of depth %d check %d", iterations, depth, sum))
end
print(string.format("long lived %d", check(long_lived)))
