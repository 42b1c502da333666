// A cache with a limit that drops the entry not used for longest: a hash and a doubly linked list.
const Cache = {}
Cache.__index = Cache

func Cache.new(capacity) {
    head, tail := {}, {}
    head.next = tail
    tail.prev = head
    return setmetatable({capacity: capacity, size: 0, map: {}, head: head, tail: tail}, Cache)
}

func Cache:unlink(node) {
    node.prev.next = node.next
    node.next.prev = node.prev
}

func Cache:push_front(node) {
    first := self.head.next
    node.prev = self.head
    node.next = first
    self.head.next = node
    first.prev = node
}

func Cache:get(key) {
    node := self.map[key]
    if !node { return nil }
    self:unlink(node)
    self:push_front(node)
    return node.value
}

func Cache:put(key, value) {
    node := self.map[key]
    if node {
        node.value = value
        self:unlink(node)
        self:push_front(node)
        return
    }
    if self.size == self.capacity {
        last := self.tail.prev
        self:unlink(last)
        self.map[last.key] = nil
        self.size--
    }
    node = {key: key, value: value}
    self.map[key] = node
    self:push_front(node)
    self.size++
}

const cache = Cache.new(1000)
var seed, hits, misses, sum = 1, 0, 0, 0
for i := 1; i <= 4000000; i++ {
    seed = seed * 16807 % 2147483647
    key := seed % 1500
    if seed % 3 == 0 { key %= 100 }
    value := cache:get(key)
    if value {
        hits++
        sum += value
    } else {
        misses++
        cache:put(key, i % 1000)
    }
}
print(string.format("%d %d %d", hits, misses, sum))
