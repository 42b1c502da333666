// One site adds a key for which the tables need a storage of their own, and stores it again in tables that have it.
func link(node, next) {
    node.a = 1
    node.b = 2
    node.c = 3
    node.next = next
    return node
}
nodes := {}
for i := 1; i <= 40; i++ { nodes[i] = link({id: i}, nodes[i - 1]) }
for round := 1; round <= 20; round++ {
    for i := 1; i <= 40; i++ { link(nodes[i], nodes[41 - i]) }
}
print(nodes[1].next.id, nodes[40].next.id, nodes[7].next.next.id) // expect: 40	1	7

// New ones still come, and nil takes the key away, which may come back.
for i := 41; i <= 60; i++ { nodes[i] = link({id: i}, i % 2 == 0 && nodes[i - 1] || nil) }
print(nodes[42].next.id, nodes[43].next, nodes[60].c) // expect: 41	nil	3
link(nodes[43], nodes[1])
print(nodes[43].next.id) // expect: 1

// The field held tables and nothing else; then it holds all sorts of things.
for i, v := range {1, 2.5, "text", true, 1 << 50} {
    print(link(nodes[3], v).next)
}
// expect: 1
// expect: 2.5
// expect: text
// expect: true
// expect: 1125899906842624

// A slot of integers that gets a float.
func mark(o, v) {
    o.p = 1
    o.q = 2
    o.r = 3
    o.mark = v
    return o.mark
}
objects := {}
for i := 1; i <= 30; i++ {
    objects[i] = {id: i}
    mark(objects[i], i)
}
sum := 0
for i := 1; i <= 30; i++ { sum += mark(objects[i], i * 2) }
print(sum, mark(objects[5], 0.5), mark(objects[5], 1 << 60), objects[6].mark) // expect: 930	0.5	1152921504606846976	12

// Where a key is missing, a handler is asked.
log := {}
mt := {__newindex: func(t, k, v) { rawset(t, k, v); log[#log + 1] = k }}
for i := 1; i <= 4; i++ {
    t := setmetatable({id: i}, mt)
    link(t, nodes[i])
    link(t, nodes[1])
    link(t, nil)
    link(t, nodes[2])
}
print(#log, log[4], log[5], log[#log]) // expect: 20	next	next	next
