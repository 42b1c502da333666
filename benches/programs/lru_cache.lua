-- A cache with a limit that drops the entry not used for longest: a hash and a doubly linked list.
local Cache = {}
Cache.__index = Cache

function Cache.new(capacity)
  local head, tail = {}, {}
  head.next = tail
  tail.prev = head
  return setmetatable({capacity = capacity, size = 0, map = {}, head = head, tail = tail}, Cache)
end

function Cache:unlink(node)
  node.prev.next = node.next
  node.next.prev = node.prev
end

function Cache:push_front(node)
  local first = self.head.next
  node.prev = self.head
  node.next = first
  self.head.next = node
  first.prev = node
end

function Cache:get(key)
  local node = self.map[key]
  if not node then return nil end
  self:unlink(node)
  self:push_front(node)
  return node.value
end

function Cache:put(key, value)
  local node = self.map[key]
  if node then
    node.value = value
    self:unlink(node)
    self:push_front(node)
    return
  end
  if self.size == self.capacity then
    local last = self.tail.prev
    self:unlink(last)
    self.map[last.key] = nil
    self.size = self.size - 1
  end
  node = {key = key, value = value}
  self.map[key] = node
  self:push_front(node)
  self.size = self.size + 1
end

local cache = Cache.new(1000)
local seed, hits, misses, sum = 1, 0, 0, 0
for i = 1, 4000000 do
  seed = seed * 16807 % 2147483647
  local key = seed % 1500
  if seed % 3 == 0 then key = key % 100 end
  local value = cache:get(key)
  if value then
    hits = hits + 1
    sum = sum + value
  else
    misses = misses + 1
    cache:put(key, i % 1000)
  end
end
print(string.format("%d %d %d", hits, misses, sum))
