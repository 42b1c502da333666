// Hashes strings byte by byte, and spreads them over buckets kept in tables.
func hash(s) {
    h := 5381
    for i := 1; i <= #s; i++ {
        h = (h * 33 + s:byte(i)) % 4294967296
    }
    return h
}

func polynomial(s) {
    h := 0
    for i := 1; i <= #s; i++ {
        h = (h * 131 + s:byte(i)) % 1000000007
    }
    return h
}

const Set = {}
Set.__index = Set

func Set.new(buckets) {
    t := {}
    for i := 1; i <= buckets; i++ {
        t[i] = {}
    }
    return setmetatable({buckets: t, count: buckets, size: 0}, Set)
}

func Set:add(s) {
    bucket := self.buckets[hash(s) % self.count + 1]
    for i := 1; i <= #bucket; i++ {
        if bucket[i] == s { return false }
    }
    bucket[#bucket + 1] = s
    self.size++
    return true
}

const names = {}
for i := 1; i <= 5000; i++ {
    names[i] = "identifier_" .. i * 7919 % 4000 .. "_suffix"
}
var check, size = 0, 0
for round := 1; round <= 60; round++ {
    set := Set.new(512)
    for i := 1; i <= #names; i++ {
        set:add(names[i])
        check = (check + polynomial(names[i])) % 1000000007
    }
    size += set.size
}
print(string.format("%d %d", size, check))
