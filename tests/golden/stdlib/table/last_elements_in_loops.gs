// The last element is taken in hot code: of every kind of elements, of empty tables, of tables with a metatable and with
// keys beyond the array part.

func drain(t) {
    n := 0
    s := 0
    for #t > 0 {
        v := table.remove(t)
        n++
        if type(v) == "number" { s = s + v }
    }
    return n, s, table.remove(t)
}

func fill(n, make) {
    t := {}
    for i := 1; i <= n; i++ { table.insert(t, make(i)) }
    return t
}

for r := 1; r <= 60; r++ {
    drain(fill(30, func(i) { return i }))
}
print(drain(fill(5, func(i) { return i })))            // expect: 5	15	nil
print(drain(fill(5, func(i) { return i + 0.5 })))      // expect: 5	17.5	nil
print(drain(fill(5, func(i) { return i % 2 == 0 })))   // expect: 5	0	nil
print(drain(fill(5, func(i) { return "s" .. i })))     // expect: 5	0	nil
print(drain(fill(3, func(i) { return i << 60 })))      // expect: 3	6917529027641081856	nil
print(drain({}))                                       // expect: 0	0	nil

// Statements that want nothing, and the element as an argument.
func shrink(t, n) {
    for i := 1; i <= n; i++ { table.remove(t) }
    return #t
}
print(shrink(fill(400, func(i) { return i }), 390))    // expect: 10
print(shrink({1, 2}, 300))                             // expect: 0

// A stack that grows and shrinks while others refer to its elements.
func walk(n) {
    stack := {{n}}
    count := 0
    for #stack > 0 {
        e := table.remove(stack)
        count = count + 1
        if e[1] > 0 {
            table.insert(stack, {e[1] - 1})
            table.insert(stack, {e[1] - 2})
        }
    }
    return count
}
print(walk(10), walk(12))                              // expect: 287	753

// Metatables are asked.
log := 0
strange := setmetatable({}, {__len: func(t) { return 3 }, __index: func(t, i) { log = log + i; return i * 10 }})
func last(t) { return table.remove(t) }
for i := 1; i <= 300; i++ { last({i, i}) }
print(last({7, 8}), last(strange), log)                // expect: 8	30	3
print(pcall(last, 5))                                  // expect: false	last_elements_in_loops.gs:58: bad argument #1 to 'table.remove' (table expected, got number)

// Holes behind the last element go with it.
func holes() {
    t := {1, 2, 3, 4}
    t[3] = nil
    v := table.remove(t)
    return v, #t
}
for i := 1; i <= 300; i++ { holes() }
print(holes())                                         // expect: 4	2
