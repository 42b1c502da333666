-- Splits lines into fields, converts and formats them again.
local function split(s, sep)
  local parts, start = {}, 1
  while true do
    local i = s:find(sep, start, true)
    if not i then break end
    parts[#parts + 1] = s:sub(start, i - 1)
    start = i + 1
  end
  parts[#parts + 1] = s:sub(start)
  return parts
end

local lines = {}
for i = 1, 200 do
  lines[i] = string.format("%d,name%d,%.2f,%s", i, i * 7 % 100, i * 1.25, i % 2 == 0 and "yes" or "no")
end

local length, sum = 0, 0
for round = 1, 2500 do
  for i = 1, #lines do
    local f = split(lines[i], ",")
    local id, name, price = tonumber(f[1]), f[2], tonumber(f[3])
    sum = sum + id + price
    local text = string.format("%05d|%-10s|%10.3f|%s", id, name:upper(), price, f[4])
    length = length + #text
  end
end
print(string.format("%d %.2f", length, sum))
