// Stores at places of many shapes see empty slots, dictionaries, classes, handlers and collections.
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
func store(v) { for k := 1; k <= COUNT; k++ { objects[k].x = v } }
func sum() {
    s := 0
    for k := 1; k <= COUNT; k++ { s += rawget(objects[k], "x") || 0 }
    return s
}
func all(v) {
    for i := 1; i <= 80; i++ { store(v) }
    return sum()
}
print(all(1), all(0.5), all(1 << 60) == COUNT << 60)    // expect: 24	12.0	true
// Empty slots are filled, and values of all kinds stored.
print(all(nil), all(2))                                 // expect: 0	48
objects[3].x = nil
print(all(1))                                           // expect: 24
for i := 1; i <= 40; i++ { store({i}); collectgarbage("step") }
print(objects[7].x[1], objects[24].x[1])                // expect: 40	40
// A dictionary.
for i := 1; i <= 40; i++ { objects[5]["key" .. i] = i }
print(all(3), objects[5].x)                             // expect: 72	3
// Handlers are asked for what is absent only.
asked := 0
handled := {__newindex: func(t, k, v) { asked++ }}
for k := 1; k <= COUNT; k++ { setmetatable(objects[k], handled) }
print(all(1), asked)                                    // expect: 24	0
objects[9].x, objects[10].x = nil, nil
print(all(2), asked)                                    // expect: 44	160
for k := 1; k <= COUNT; k++ { setmetatable(objects[k], nil) }
print(all(2), asked)                                    // expect: 48	160
// Classes, on which others rely.
objects[1].__index = objects[1]
child := setmetatable({}, objects[1])
func read() { return child.x }
for i := 1; i <= 200; i++ { store(i); if read() != i { print("wrong", i) } }
print(all(5), read())                                   // expect: 120	5
// Shapes die, and their numbers are used for others.
for r := 1; r <= 20; r++ {
    for k := 1; k <= COUNT; k++ {
        o := {}
        o["r" .. r .. "_" .. k] = 1
        if k % 2 == 0 { o.x = k } else { o.y = k; o.x = 1 }
        objects[k] = o
    }
    collectgarbage()
    store(r)
    if sum() != COUNT * r { print("wrong", r, sum()) }
    for k := 1; k < COUNT; k += 2 { if objects[k].y != k { print("wrong", r, k) } }
}
objects[3] = "text"
print(pcall(store, 1) == false)                         // expect: true
