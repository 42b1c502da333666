label := "total: "
    .. 10 + 5
func show(x) { print(x); return nil }
show(label);
(func() { print("own statement") })()
// expect: total: 15
// expect: own statement
