-- A backtracking matcher for regular expressions: a parser to nodes and a matcher with continuations.
local function parse(pattern)
  local at = 1
  local parse_choice

  local function parse_atom()
    local c = pattern:sub(at, at)
    at = at + 1
    if c == "(" then
      local node = parse_choice()
      at = at + 1
      return node
    end
    if c == "." then return {kind = "any"} end
    if c == "[" then
      local set = {}
      while pattern:sub(at, at) ~= "]" do
        local low = pattern:byte(at)
        local high = low
        if pattern:sub(at + 1, at + 1) == "-" then
          high = pattern:byte(at + 2)
          at = at + 2
        end
        for b = low, high do
          set[b] = true
        end
        at = at + 1
      end
      at = at + 1
      return {kind = "set", set = set}
    end
    return {kind = "char", byte = c:byte()}
  end

  local function parse_repeat()
    local node = parse_atom()
    while true do
      local c = pattern:sub(at, at)
      if c == "*" then
        node = {kind = "star", body = node, least = 0}
      elseif c == "+" then
        node = {kind = "star", body = node, least = 1}
      elseif c == "?" then
        node = {kind = "maybe", body = node}
      else
        return node
      end
      at = at + 1
    end
  end

  local function parse_sequence()
    local list = {kind = "sequence"}
    while at <= #pattern do
      local c = pattern:sub(at, at)
      if c == "|" or c == ")" then break end
      list[#list + 1] = parse_repeat()
    end
    return list
  end

  function parse_choice()
    local left = parse_sequence()
    while pattern:sub(at, at) == "|" do
      at = at + 1
      left = {kind = "choice", left = left, right = parse_sequence()}
    end
    return left
  end
  return parse_choice()
end

local match_node

local function match_sequence(list, index, s, at, rest)
  local node = list[index]
  if not node then return rest(at) end
  return match_node(node, s, at, function(next_at)
    return match_sequence(list, index + 1, s, next_at, rest)
  end)
end

local function match_star(node, count, s, at, rest)
  local stop = match_node(node.body, s, at, function(next_at)
    if next_at == at then return nil end
    return match_star(node, count + 1, s, next_at, rest)
  end)
  if stop then return stop end
  if count >= node.least then return rest(at) end
  return nil
end

function match_node(node, s, at, rest)
  local kind = node.kind
  if kind == "char" then
    if s:byte(at) == node.byte then return rest(at + 1) end
    return nil
  elseif kind == "set" then
    local b = s:byte(at)
    if b and node.set[b] then return rest(at + 1) end
    return nil
  elseif kind == "any" then
    if at <= #s then return rest(at + 1) end
    return nil
  elseif kind == "sequence" then
    return match_sequence(node, 1, s, at, rest)
  elseif kind == "star" then
    return match_star(node, 0, s, at, rest)
  elseif kind == "maybe" then
    return match_node(node.body, s, at, rest) or rest(at)
  end
  return match_node(node.left, s, at, rest) or match_node(node.right, s, at, rest)
end

local function at_end(at)
  return at
end

local function search(node, s)
  for at = 1, #s + 1 do
    local stop = match_node(node, s, at, at_end)
    if stop then return at, stop - 1 end
  end
  return nil
end

local subjects = {
  "the price is 1234.56 euro, or 12 dollar",
  "contact: some.body@example.org or nobody",
  "aaaaaaaaaaaaaaaaaaaaaaab",
  "x = foo(bar, baz) + 17 * quux",
  "2024-02-29 and 1999-12-31",
}
local patterns = {
  parse("[0-9]+[.][0-9]+"), parse("[a-z.]+@[a-z]+(.org|.com)"), parse("(a|aa)*b"),
  parse("[a-z]+[(][a-z, ]*[)]"), parse("[0-9][0-9][0-9][0-9]-(0|1)[0-9]-[0-3][0-9]"), parse("q.*x|nothing"),
}
local hits, sum = 0, 0
for round = 1, 1500 do
  for i = 1, #patterns do
    for j = 1, #subjects do
      local from, to = search(patterns[i], subjects[j])
      if from then
        hits = hits + 1
        sum = sum + from * to
      end
    end
  end
end
print(string.format("%d %d", hits, sum))
