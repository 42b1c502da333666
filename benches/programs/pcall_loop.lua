-- Protected calls: most succeed, some raise strings, tables and errors of the language itself.
local function work(i)
  if i % 10 == 0 then error("multiple of ten", 0) end
  if i % 15 == 0 then error({code = i}, 0) end
  return i % 7
end

local function nested(i)
  local ok, v = pcall(work, i)
  if ok then return v end
  error(v, 0)
end

local function broken(t)
  return t.field.missing
end

local sum, strings, tables, faults = 0, 0, 0, 0
for i = 1, 2500000 do
  local ok, v = pcall(nested, i)
  if ok then
    sum = sum + v
  elseif type(v) == "string" then
    strings = strings + 1
  else
    tables = tables + 1
    sum = sum + v.code % 3
  end
  if i % 8 == 0 and not pcall(broken, {}) then faults = faults + 1 end
end
print(string.format("%d %d %d %d", sum, strings, tables, faults))
