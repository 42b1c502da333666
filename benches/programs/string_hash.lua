-- Hashes strings byte by byte, and spreads them over buckets kept in tables.
local function hash(s)
  local h = 5381
  for i = 1, #s do
    h = (h * 33 + s:byte(i)) % 4294967296
  end
  return h
end

local function polynomial(s)
  local h = 0
  for i = 1, #s do
    h = (h * 131 + s:byte(i)) % 1000000007
  end
  return h
end

local Set = {}
Set.__index = Set

function Set.new(buckets)
  local t = {}
  for i = 1, buckets do
    t[i] = {}
  end
  return setmetatable({buckets = t, count = buckets, size = 0}, Set)
end

function Set:add(s)
  local bucket = self.buckets[hash(s) % self.count + 1]
  for i = 1, #bucket do
    if bucket[i] == s then return false end
  end
  bucket[#bucket + 1] = s
  self.size = self.size + 1
  return true
end

local names = {}
for i = 1, 5000 do
  names[i] = "identifier_" .. i * 7919 % 4000 .. "_suffix"
end
local check, size = 0, 0
for round = 1, 60 do
  local set = Set.new(512)
  for i = 1, #names do
    set:add(names[i])
    check = (check + polynomial(names[i])) % 1000000007
  end
  size = size + set.size
end
print(string.format("%d %d", size, check))
