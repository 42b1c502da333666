msg := "every_operator_rejects_nil.gs:3: attempt to perform arithmetic on a nil value"
fs := {
    func() { return nil + 1 }, func() { return nil - 1 }, func() { return nil * 1 }, func() { return nil / 1 }, func() { return nil % 1 }, func() { return nil ** 1 }, func() { return -nil },
}
for i, f := range fs {
    ok, e := pcall(f)
    print(i, ok, e == msg)
}
// expect: 1	false	true
// expect: 2	false	true
// expect: 3	false	true
// expect: 4	false	true
// expect: 5	false	true
// expect: 6	false	true
// expect: 7	false	true
