-- A tokenizer for a small language, on the bytes of the source.
local KEYWORDS = {
  ["if"] = true, ["else"] = true, ["while"] = true, ["func"] = true, ["return"] = true, ["var"] = true,
}

local function is_space(c)
  return c == 32 or c == 10 or c == 9 or c == 13
end

local function is_digit(c)
  return c >= 48 and c <= 57
end

local function is_letter(c)
  return c >= 97 and c <= 122 or c >= 65 and c <= 90 or c == 95
end

local function tokenize(s)
  local tokens, n = {}, 0
  local at, size, line = 1, #s, 1
  while at <= size do
    local c = s:byte(at)
    if is_space(c) then
      if c == 10 then line = line + 1 end
      at = at + 1
    elseif is_letter(c) then
      local start = at
      while at <= size and (is_letter(s:byte(at)) or is_digit(s:byte(at))) do
        at = at + 1
      end
      local text = s:sub(start, at - 1)
      n = n + 1
      tokens[n] = {kind = KEYWORDS[text] and "keyword" or "name", text = text, line = line}
    elseif is_digit(c) then
      local start = at
      while at <= size and (is_digit(s:byte(at)) or s:byte(at) == 46) do
        at = at + 1
      end
      n = n + 1
      tokens[n] = {kind = "number", value = tonumber(s:sub(start, at - 1)), line = line}
    elseif c == 34 then
      local start = at + 1
      at = at + 1
      while s:byte(at) ~= 34 do
        at = at + 1
      end
      n = n + 1
      tokens[n] = {kind = "string", text = s:sub(start, at - 1), line = line}
      at = at + 1
    elseif c == 47 and s:byte(at + 1) == 47 then
      while at <= size and s:byte(at) ~= 10 do
        at = at + 1
      end
    else
      local two = s:sub(at, at + 1)
      local text
      if two == "==" or two == "<=" or two == ":=" or two == "&&" then
        text = two
      else
        text = string.char(c)
      end
      at = at + #text
      n = n + 1
      tokens[n] = {kind = "operator", text = text, line = line}
    end
  end
  return tokens, line
end

local SAMPLE = [[
func area(shape) { // by kind
    if shape.kind == "circle" { return 3.14159 * shape.radius * shape.radius }
    var total := 0
    while total <= 100 && shape { total = total + shape.side_length[12] }
    return "no area: " + shape.name_of_it
}
]]

local source = string.rep(SAMPLE, 80)
local counts = {keyword = 0, name = 0, number = 0, string = 0, operator = 0}
local lines, sum = 0, 0
for round = 1, 270 do
  local tokens, last = tokenize(source)
  lines = lines + last
  for i = 1, #tokens do
    local t = tokens[i]
    counts[t.kind] = counts[t.kind] + 1
    if t.kind == "number" then sum = sum + t.value end
  end
end
print(string.format("%d %d %d %d %d", counts.keyword, counts.name, counts.number, counts.string, counts.operator))
print(string.format("%d %.3f", lines, sum))
