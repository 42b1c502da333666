// Sums of fields that have only ever held small integers may be too large for one.
list := {}
for i := 0; i < 12; i++ {
    list[i + 1] = {id: i}
}
for round := 0; round < 3; round++ {
    for i, o := range list {
        o.id += 1 << 46
    }
}
print(list[1].id, list[12].id) // expect: 211106232532992	211106232533003

// The value is made in one loop and stored behind it.
func grow(o, n) {
    sum := o.n
    for i := 0; i < n; i++ { sum += 1 << 45 }
    o.n = sum
    return o.n
}
o := {n: 0}
for i := 0; i < 30; i++ { grow(o, 0) }
for i := 0; i < 6; i++ { print(grow(o, 2), o.n) }
// expect: 70368744177664	70368744177664
// expect: 140737488355328	140737488355328
// expect: 211106232532992	211106232532992
// expect: 281474976710656	281474976710656
// expect: 351843720888320	351843720888320
// expect: 422212465065984	422212465065984

// New objects too.
func make(a, b) { return {x: a + b} }
last := nil
for i := 0; i < 60; i++ { last = make(i, 1) }
print(last.x) // expect: 60
for i := 0; i < 3; i++ { print(make(1 << 46, (1 << 46) + i).x) }
// expect: 140737488355328
// expect: 140737488355329
// expect: 140737488355330
