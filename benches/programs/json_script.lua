-- Encodes and decodes JSON with a coder written in the language itself.
local ESCAPES = {
  ["\""] = "\\\"", ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

local function escape_char(c)
  return ESCAPES[c] or string.format("\\u%04x", c:byte())
end

local function quote(s)
  return "\"" .. s:gsub("[%c\"\\]", escape_char) .. "\""
end

local function encode_into(out, n, v)
  local kind = type(v)
  if kind == "string" then
    out[n + 1] = quote(v)
    return n + 1
  elseif kind == "number" then
    out[n + 1] = v % 1 == 0 and string.format("%d", v) or string.format("%.14g", v)
    return n + 1
  elseif kind == "table" then
    local len = #v
    if len > 0 then
      for i = 1, len do
        n = n + 1
        out[n] = i == 1 and "[" or ","
        n = encode_into(out, n, v[i])
      end
      out[n + 1] = "]"
      return n + 1
    end
    local first = true
    for k, e in pairs(v) do
      out[n + 1] = first and "{" or ","
      out[n + 2] = quote(k)
      out[n + 3] = ":"
      n = encode_into(out, n + 3, e)
      first = false
    end
    out[n + 1] = first and "{}" or "}"
    return n + 1
  end
  out[n + 1] = tostring(v)
  return n + 1
end

local function encode(v)
  local out = {}
  encode_into(out, 0, v)
  return table.concat(out)
end

local UNESCAPES = {
  ["\""] = "\"", ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local function unescape(s)
  s = s:gsub("\\u(%x%x%x%x)", function(hex)
    local code = tonumber(hex, 16)
    return code < 128 and string.char(code) or "?"
  end)
  return (s:gsub("\\(.)", UNESCAPES))
end

local function fail(at, what)
  error("json: " .. what .. " at byte " .. at, 0)
end

local function skip_space(s, at)
  local _, stop = s:find("^[ \n\r\t]*", at)
  return stop + 1
end

local function decode_string(s, at)
  local start = at + 1
  local escaped = false
  local i = start
  while true do
    local j = s:find("[\"\\]", i)
    if not j then fail(at, "unfinished string") end
    if s:byte(j) == 34 then
      local text = s:sub(start, j - 1)
      if escaped then text = unescape(text) end
      return text, j + 1
    end
    escaped = true
    i = j + 2
  end
end

local decode_value

local function decode_array(s, at)
  local list, n = {}, 0
  at = skip_space(s, at + 1)
  if s:byte(at) == 93 then return list, at + 1 end
  while true do
    local v
    v, at = decode_value(s, at)
    n = n + 1
    list[n] = v
    at = skip_space(s, at)
    local c = s:byte(at)
    if c == 93 then return list, at + 1 end
    if c ~= 44 then fail(at, "',' expected") end
    at = skip_space(s, at + 1)
  end
end

local function decode_object(s, at)
  local object = {}
  at = skip_space(s, at + 1)
  if s:byte(at) == 125 then return object, at + 1 end
  while true do
    if s:byte(at) ~= 34 then fail(at, "key expected") end
    local key, v
    key, at = decode_string(s, at)
    at = skip_space(s, at)
    if s:byte(at) ~= 58 then fail(at, "':' expected") end
    v, at = decode_value(s, skip_space(s, at + 1))
    object[key] = v
    at = skip_space(s, at)
    local c = s:byte(at)
    if c == 125 then return object, at + 1 end
    if c ~= 44 then fail(at, "',' expected") end
    at = skip_space(s, at + 1)
  end
end

function decode_value(s, at)
  local c = s:byte(at)
  if c == 34 then return decode_string(s, at) end
  if c == 123 then return decode_object(s, at) end
  if c == 91 then return decode_array(s, at) end
  local word = s:match("^%a+", at)
  if word == "true" then return true, at + 4 end
  if word == "false" then return false, at + 5 end
  if word == "null" then return nil, at + 4 end
  local number = s:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  if not number then fail(at, "value expected") end
  return tonumber(number), at + #number
end

local function decode(s)
  local v, at = decode_value(s, skip_space(s, 1))
  if skip_space(s, at) <= #s then fail(at, "text after the value") end
  return v
end

local function make_data(n)
  local list = {}
  for i = 1, n do
    list[i] = {
      id = i,
      name = "user " .. i,
      email = "user" .. i .. "@example.org",
      active = i % 3 == 0,
      score = i * 0.25 + 0.125,
      tags = {"alpha", "beta " .. i % 10, "line\n\"quoted\""},
      position = {x = i % 100 + 0.5, y = i % 50 - 25, deep = {values = {i, i + 1, i + 2}}},
    }
  end
  return {version = 3, title = "list of users", users = list}
end

local function checksum(data)
  local sum = 0
  for i = 1, #data.users do
    local u = data.users[i]
    local p = u.position
    sum = sum + u.id + u.score + #u.name + #u.email + #u.tags[3] + p.x + p.y + p.deep.values[3]
    if u.active then sum = sum + 1 end
  end
  return sum
end

local data = make_data(500)
local length, sum = 0, 0
for round = 1, 50 do
  local text = encode(data)
  length = length + #text
  data = decode(text)
  sum = sum + checksum(data)
end
print(string.format("%d %.3f", length, sum))
