-- All solutions of the queens problem, by backtracking over marked lines.
local function solve(n)
  local rows, up, down = {}, {}, {}
  for i = 1, n do
    rows[i] = true
  end
  for i = 1, 2 * n do
    up[i] = true
    down[i] = true
  end
  local function place(col)
    if col > n then return 1 end
    local count = 0
    for row = 1, n do
      if rows[row] and up[row + col] and down[row - col + n] then
        rows[row], up[row + col], down[row - col + n] = false, false, false
        count = count + place(col + 1)
        rows[row], up[row + col], down[row - col + n] = true, true, true
      end
    end
    return count
  end
  return place(1)
end

local total = 0
for round = 1, 3 do
  for n = 4, 12 do
    total = total + solve(n)
  end
end
print(string.format("%d", total))
