-- Counts the words of a text and lists the most frequent ones.
local WORDS = {
  "the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "and", "then",
  "a", "table", "with", "many", "entries", "is", "counted", "by", "word", "length",
}

local function make_text(n)
  local parts, seed = {}, 7
  for i = 1, n do
    seed = (seed * 3877 + 29573) % 139968
    local w = WORDS[seed % #WORDS + 1]
    if seed % 5 == 0 then w = w .. seed % 300 end
    parts[i] = w
  end
  return table.concat(parts, " ")
end

local function count_words(text)
  local counts = {}
  for w in text:gmatch("%w+") do
    counts[w] = (counts[w] or 0) + 1
  end
  return counts
end

local text = make_text(100000)
local counts
for round = 1, 60 do
  counts = count_words(text)
end

local list = {}
for w, n in pairs(counts) do
  list[#list + 1] = {word = w, count = n}
end
table.sort(list, function(a, b)
  if a.count ~= b.count then return a.count > b.count end
  return a.word < b.word
end)
print(string.format("%d words", #list))
for i = 1, 5 do
  print(string.format("%s %d", list[i].word, list[i].count))
end
