// Reads at places of many shapes see deletes, dictionaries, metatables that come and go, reassigned classes and collections.
COUNT := 24
func make(k) {
    o := {}
    if k % 3 == 0 { o.a = 1 }
    if k % 4 == 0 { o.b = 2 }
    if k % 5 == 0 { o.c = 3 }
    if k % 2 == 0 { o.d = 4 }
    if k % 7 == 0 { o.e1 = 1; o.e2 = 2; o.e3 = 3; o.e4 = 4; o.e5 = 5; o.e6 = 6; o.e7 = 7; o.e8 = 8; o.e9 = 9 }
    o.x = k
    return o
}
objects := {}
for k := 1; k <= COUNT; k++ { objects[k] = make(k) }
func sum() {
    s := 0
    for k := 1; k <= COUNT; k++ { o := objects[k]; s += (o.x || 1000) + (o.y || 0) }
    return s
}
func all() {
    r := 0
    for i := 1; i <= 80; i++ { r = sum() }
    return r
}
print(all())                            // expect: 300
// Slots that become empty, and full again.
objects[7].x, objects[9].x = nil, nil
print(all())                            // expect: 2284
objects[7].x = false
print(all())                            // expect: 2284
objects[7].x, objects[9].x = 7, 9.5
print(all())                            // expect: 300.5
// A table that becomes a dictionary, and loses a key.
for i := 1; i <= 40; i++ { objects[5]["key" .. i] = i }
print(all())                            // expect: 300.5
objects[5].x = 6
print(all())                            // expect: 301.5
objects[5].x = nil
print(all())                            // expect: 1295.5
setmetatable(objects[5], {__index: {x: 10}})
print(all())                            // expect: 305.5
objects[5].x = 5
// Metatables: a table, a chain, a function, and none again.
base := {y: 100}
base.__index = base
for k := 10; k <= COUNT; k++ { setmetatable(objects[k], base) }
print(all())                            // expect: 1800.5
base.y = 200
print(all())                            // expect: 3300.5
base.y = nil
print(all())                            // expect: 300.5
setmetatable(base, {__index: {y: 1}})
print(all())                            // expect: 315.5
objects[12].y = 50
print(all())                            // expect: 364.5
objects[12].y = nil
print(all())                            // expect: 315.5
setmetatable(objects[11], {__index: func(t, k) { return k == "y" && 7 || nil }})
print(all())                            // expect: 321.5
for k := 10; k <= COUNT; k++ { setmetatable(objects[k], nil) }
print(all())                            // expect: 300.5
// A field of a class that changes all the time.
counter := {y: 0}
counter.__index = counter
for k := 1; k <= COUNT; k++ { setmetatable(objects[k], counter) }
for i := 1; i <= 50; i++ { counter.y = i; collectgarbage("step"); if sum() != 300.5 + COUNT * i { print("wrong", i) } }
for k := 1; k <= COUNT; k++ { setmetatable(objects[k], nil) }
// Collections: shapes die, and their numbers are used for others.
for r := 1; r <= 20; r++ {
    for k := 1; k <= COUNT; k++ {
        o := {}
        o["r" .. r .. "_" .. k] = 1
        if k % 2 == 0 { o.x = k } else { o.y = k }
        objects[k] = o
    }
    collectgarbage()
    if sum() != 12300 { print("wrong", r, sum()) }
}
print(all())                            // expect: 12300
// What is no table.
objects[3] = "text"
print(pcall(sum))                       // expect: true	12297
objects[4] = 4
print(pcall(sum) == false)              // expect: true
