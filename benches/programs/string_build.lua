-- Builds strings: by appending, and by pieces in a table joined at the end.
local function by_append(n)
  local s = ""
  for i = 1, n do
    s = s .. "x"
    if i % 10 == 0 then s = s .. i end
  end
  return s
end

local function by_concat(n)
  local parts = {}
  for i = 1, n do
    parts[#parts + 1] = "item "
    parts[#parts + 1] = i
    parts[#parts + 1] = ";"
  end
  return table.concat(parts)
end

local function reversed(s)
  local parts = {}
  local n = #s
  for i = n, 1, -1 do
    parts[n - i + 1] = s:sub(i, i)
  end
  return table.concat(parts)
end

local total = 0
for round = 1, 14 do
  total = total + #by_append(16000 + round)
  total = total + #by_concat(120000 + round)
  local r = reversed(by_concat(30000))
  total = total + #r + r:byte(round)
end
print(string.format("%d", total))
