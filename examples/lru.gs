// A cache that forgets what was not used for longest.
// Shows: a doubly linked list of tables beside a map, metatables for field-like access, memoizing a function.
//
//     gscript examples/lru.gs

LRU := {}
LRU.__index = LRU
LRU.__len = func(self) { return self.size }

// The list is a ring through `self.ring`, whose `next` is the entry used last and whose `prev` the one to go first.
func LRU.new(capacity) {
    if math.type(capacity) != "integer" || capacity < 1 {
        error("capacity must be a positive integer")
    }
    ring := {}
    ring.next, ring.prev = ring, ring
    return setmetatable({capacity: capacity, size: 0, entries: {}, ring: ring, hits: 0, misses: 0}, LRU)
}

func unlink(entry) {
    entry.prev.next, entry.next.prev = entry.next, entry.prev
}

func LRU:linkFirst(entry) {
    ring := self.ring
    entry.next, entry.prev = ring.next, ring
    ring.next.prev = entry
    ring.next = entry
}

// Value of the key, nil if it is not there (or was dropped).
func LRU:get(key) {
    entry := self.entries[key]
    if !entry {
        self.misses++
        return nil
    }
    self.hits++
    unlink(entry)
    self:linkFirst(entry)
    return entry.value
}

func LRU:put(key, value) {
    if entry := self.entries[key]; entry {
        entry.value = value
        unlink(entry)
        self:linkFirst(entry)
        return
    }
    if self.size == self.capacity {
        oldest := self.ring.prev
        unlink(oldest)
        self.entries[oldest.key] = nil
        self.size--
    }
    entry := {key: key, value: value}
    self.entries[key] = entry
    self:linkFirst(entry)
    self.size++
}

// Keys from the one used last to the oldest.
func LRU:keys() {
    list := {}
    for entry := self.ring.next; entry != self.ring; entry = entry.next {
        list[#list + 1] = entry.key
    }
    return list
}

// A version of the one-argument function f that remembers its latest results.
func memoize(f, capacity) {
    cache := LRU.new(capacity)
    return func(x) {
        value := cache:get(x)
        if value == nil {
            value = f(x)
            cache:put(x, value)
        }
        return value
    }, cache
}

func main() {
    cache := LRU.new(3)
    for _, word := range ipairs({"one", "two", "three"}) {
        cache:put(word, #word)
    }
    print("filled:        " .. table.concat(cache:keys(), " "))
    cache:get("one")
    print("one was used:  " .. table.concat(cache:keys(), " "))
    cache:put("four", 4)
    print("four came in:  " .. table.concat(cache:keys(), " "))
    print("two is now:    " .. tostring(cache:get("two")) .. ", entries: " .. #cache)

    var fibonacci, results
    calls := 0
    fibonacci, results = memoize(func(n) {
        calls++
        return n < 2 && n || fibonacci(n - 1) + fibonacci(n - 2)
    }, 50)
    print("fibonacci 80:  " .. fibonacci(80) .. " with " .. calls .. " calls, " .. results.hits .. " hits, " ..
        results.misses .. " misses")

    print("bad capacity:  " .. select(2, pcall(LRU.new, 0)))
}

main()
