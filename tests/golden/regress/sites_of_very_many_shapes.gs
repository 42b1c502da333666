// A site that has met more shapes than it remembers still sees every change of fields, classes and chains.
COUNT := 30
objects, classes := {}, {}
base := {kind: "base"}
base.__index = base
for k := 1; k <= COUNT; k++ {
    c := setmetatable({}, base)
    c.__index = c
    for j := 1; j <= k % 7; j++ { c["pad" .. k .. j] = j }
    c.get = func(self) { return self.v * k }
    o := {}
    for j := 1; j <= k % 5; j++ { o["own" .. k .. "_" .. j] = j }
    o.v = k
    classes[k], objects[k] = c, setmetatable(o, c)
}
func sum() {
    s := 0
    for k := 1; k <= COUNT; k++ { s += objects[k]:get() + (objects[k].extra || 0) }
    return s
}
func kinds() {
    seen := {}
    for k := 1; k <= COUNT; k++ {
        kind := objects[k].kind || "none"
        seen[kind] = (seen[kind] || 0) + 1
    }
    return seen
}
func store(x) { for k := 1; k <= COUNT; k++ { objects[k].mark = x }; return objects[COUNT].mark }
func all() {
    r := 0
    for i := 1; i <= 60; i++ { r = sum() }
    return r
}
print(all())                                    // expect: 9455
print(kinds().base, store(1), store("two"))     // expect: 30	1	two
objects[17].extra = 1000
print(all())                                    // expect: 10455
objects[17].extra = nil
classes[20].extra = 5
print(all())                                    // expect: 9460
classes[20].extra = nil
base.extra = 1
print(all())                                    // expect: 9485
base.extra = nil
print(all())                                    // expect: 9455
classes[30].get = func(self) { return 0 }
print(all())                                    // expect: 8555
objects[29].get = func(self) { return 1 }
print(all())                                    // expect: 7715
setmetatable(objects[28], {__index: func(t, k) { if k == "get" { return func(self) { return 2 } }; return nil }})
print(all())                                    // expect: 6933
classes[5].kind = "five"
base.kind = "other"
k := kinds()
print(k.base, k.other, k.five, k.none)          // expect: nil	28	1	1
setmetatable(classes[6], nil)
print(kinds().none, all())                      // expect: 2	6933
for i := 1; i <= COUNT; i++ { objects[i].v = nil }
ok := pcall(sum)
print(ok)                                       // expect: false
