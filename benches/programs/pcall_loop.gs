// Protected calls: most succeed, some raise strings, tables and errors of the language itself.
func work(i) {
    if i % 10 == 0 { error("multiple of ten", 0) }
    if i % 15 == 0 { error({code: i}, 0) }
    return i % 7
}

func nested(i) {
    ok, v := pcall(work, i)
    if ok { return v }
    error(v, 0)
}

func broken(t) {
    return t.field.missing
}

var sum, strings, tables, faults = 0, 0, 0, 0
for i := 1; i <= 2500000; i++ {
    ok, v := pcall(nested, i)
    if ok {
        sum += v
    } elseif type(v) == "string" {
        strings++
    } else {
        tables++
        sum += v.code % 3
    }
    if i % 8 == 0 && !pcall(broken, {}) { faults++ }
}
print(string.format("%d %d %d %d", sum, strings, tables, faults))
