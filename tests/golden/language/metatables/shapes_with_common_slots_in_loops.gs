// Tables of several shapes that have their common keys in the same slots: kinds of nodes, objects that got more later, and
// others at the same sites afterwards.
Node := {}
Node.__index = Node
func node(kind, value) { return setmetatable({kind: kind, value: value}, Node) }
func num(v) { return node("num", v) }
func neg(a) { n := node("neg", 0); n.a = a; return n }
func add(a, b) { n := node("add", 0); n.left = a; n.right = b; return n }
func choose(c, a, b) { n := node("choose", 0); n.cond = c; n.then = a; n.other = b; return n }
func both(a) { n := node("twice", 0); n.of = a; return n }

func eval(n) {
    n.value = n.value + 1
    k := n.kind
    if k == "num" { return n.value }
    elseif k == "neg" { return -eval(n.a) }
    elseif k == "add" { return eval(n.left) + eval(n.right) }
    elseif k == "twice" { return 2 * eval(n.of) }
    return eval(n.cond) % 2 == 0 && eval(n.then) || eval(n.other)
}
tree := add(neg(num(3)), choose(num(1), both(num(5)), add(num(7), neg(num(2)))))
sum := 0
for i := 1; i <= 400; i++ { sum += eval(tree) }
print(sum, tree.value) // expect: -38200	400

// Two shapes, then a third and a fourth, then one where the slot is another and one where the key is gone.
func touch(t) {
    t.x = t.x + t.y
    t.y = t.y + 1
    return t.x - t.y
}
a, b := {x: 1, y: 2}, {x: 3, y: 4}
b.z = 5
total := 0
for i := 1; i <= 300; i++ { total += touch(i % 2 == 0 && a || b) }
print(total, a.x, b.y) // expect: 1169950	11476	154
c, d, e := {x: 1, y: 1}, {x: 2, y: 2}, {y: 7, x: 8}
c.p = 1
d.q = 1
list := {a, b, c, d, e}
for i := 1; i <= 500; i++ { total += touch(list[i % 5 + 1]) }
print(total, c.x, d.y, e.x, e.y) // expect: 5868650	5051	102	5658	107
gone := setmetatable({x: 1, y: 1}, {__index: func(t, k) { return k == "x" && 100 || 200 }})
for i := 1; i <= 20; i++ {
    total += touch(gone)
    if i == 10 { gone.y = nil }
}
print(total, gone.x, gone.y) // expect: 5878485	2101	210
ok := pcall(touch, 5)
print(ok) // expect: false
