// Literals, constructors and decoded objects fill slots too; so do literals that leave a slot empty.
func read(list, n) {
    s := 0
    for i := 1; i <= n; i++ { s = s + (list[i % #list + 1].w || 100) }
    return s
}
list := {}
for i := 1; i <= 8; i++ { list[i] = {w: 0.5, n: nil} }
for i := 1; i <= 100; i++ { read(list, 50) }
print(read(list, 8)) // expect: 4.0
func empty(i) { if i > 0 { return {w: nil, n: nil} }; return {w: 1, n: 2} }
list[3] = empty(1)
print(read(list, 8)) // expect: 103.5
list[4] = empty(0)
print(read(list, 8)) // expect: 104.0

// The same slot by `json.decode`.
func sum(list) { s := 0; for i := 1; i <= #list; i++ { s = s + list[i].m }; return s }
for i := 1; i <= 200; i++ { sum(json.decode("[{\"m\": 1.5}, {\"m\": 2.5}]")) }
print(sum(json.decode("[{\"m\": 1.5}, {\"m\": 2}]"))) // expect: 3.5
print(sum(json.decode("[{\"m\": 1.5}, {\"m\": \"2\"}]"))) // expect: 3.5
print(pcall(sum, json.decode("[{\"m\": 1.5}, {\"m\": [0]}]"))) // expect: false	fields_of_one_kind_in_literals.gs:18: attempt to perform arithmetic on a table value (field 'm')

// Keys that are added one by one, with values of any kind, in code that adds them itself.
func make(v) { t := {}; t.a = v; t.b = v; return t }
func work(v, n) { s := 0; for i := 1; i <= n; i++ { t := make(v); s = s + t.a + t.b }; return s }
for i := 1; i <= 100; i++ { work(1.5, 20) }
print(work(1.5, 3), work(2, 3), work("2", 3), work(1 << 50, 1)) // expect: 9.0	12	12	2251799813685248
print(pcall(work, {}, 1)) // expect: false	fields_of_one_kind_in_literals.gs:26: attempt to perform arithmetic on a table value (field 'a')
print(work(1.5, 3)) // expect: 9.0

// Literals whose values change kind from call to call.
func box(v) { return {value: v, next: false} }
func open(v, n) { s := 0; for i := 1; i <= n; i++ { s = s + box(v).value }; return s }
for i := 1; i <= 100; i++ { open(2, 20) }
print(open(2, 3), open(0.5, 3), open("2", 3)) // expect: 6	1.5	6
print(math.type(box(2).value), math.type(box(2.0).value), box(nil).value, box(true).value) // expect: integer	float	nil	true

// A table that becomes a metatable, and one that becomes a dictionary and a class, keep what they are given.
func get(t, n) { s := 0; for i := 1; i <= n; i++ { s = s + t.f }; return s }
t := {f: 1.5, g: 1}
for i := 1; i <= 200; i++ { get(t, 20) }
print(get(t, 2)) // expect: 3.0
child := setmetatable({}, {__index: t})
t.f = 4
print(get(t, 2), get(child, 2)) // expect: 8	8
t.f = "5"
print(get(t, 2), get(child, 2)) // expect: 10	10
u := {f: 1.5, g: 1}
for i := 1; i <= 600; i++ { u["k" .. i] = i }
u.f = "6"
print(get(u, 2), get({f: 1.5, g: 1}, 2)) // expect: 12	3.0
// Many metatables: the shape gets a slot for them, and keys behind it.
objects := {}
for i := 1; i <= 20; i++ { objects[i] = setmetatable({f: 0.5}, {__index: {h: i}}); objects[i].k = 1.5 }
func all(key) { s := 0; for i := 1; i <= #objects; i++ { s = s + objects[i].k + objects[i].f }; return s }
for i := 1; i <= 100; i++ { all() }
print(all()) // expect: 40.0
objects[7].k = 3
objects[8].f = "1"
print(all()) // expect: 42.0
