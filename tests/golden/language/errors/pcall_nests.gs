print(pcall(pcall, error, "x"))  // expect: true	false	x
print(pcall(func() {
    ok, e := pcall(error, "inner")
    error("outer after " .. e)
}))
// expect: false	outer after inner
