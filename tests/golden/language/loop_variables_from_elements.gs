// A loop variable that some paths compute and others load from a table, as the counter of a program that is interpreted:
// what is loaded is of another kind at last.
func run(code, turns) {
    pc, acc, n := 1, 0, 0
    for {
        op := code[pc]
        n++
        if n > turns { return acc, pc }
        if op == 1 {
            acc = acc + 1
            pc = pc + 2
        } elseif op == 2 {
            pc = code[pc + 1]
        } elseif op == 3 {
            acc = acc - 1
            pc = pc + code[pc + 1]
        } else {
            return acc, op
        }
    }
}
code := {1, 0, 1, 0, 3, 2, 2, 1}
print(run(code, 1000)) // expect: 250	1
code[8] = 1.0
print(run(code, 1000)) // expect: 250	1.0
code[8] = 3.0
print(run(code, 1001)) // expect: 2	5.0
code[8] = "3"
print(select("#", pcall(run, code, 1000))) // expect: 3
code[8] = 9
print(run(code, 1000)) // expect: 1	nil
code[8] = 1
code[9] = 1
print(run(code, 1000)) // expect: 250	1

// The same with floats and tables.
func mean(xs, turns) {
    x, i := 0.5, 1
    for n := 1; n <= turns; n++ {
        if x > 100 { x = xs[i]; i = i % #xs + 1 } else { x = x * 1.5 + 0.25 }
    }
    return string.format("%.4f", x)
}
print(mean({1.5, 2.5}, 500), mean({1, 2.5}, 500), mean({1, 2}, 500)) // expect: 9.6250	4.5625	7.0938
func walk(first, others, turns) {
    node, sum := first, 0
    for n := 1; n <= turns; n++ {
        sum += node.v
        if n % 5 == 0 { node = others[n % #others + 1] } else { node = node.next }
    }
    return sum
}
a := {v: 1}
b := {v: 2, next: a}
a.next = b
print(walk(a, {a, b}, 300)) // expect: 450
print((pcall(walk, a, {a, false}, 300))) // expect: false
