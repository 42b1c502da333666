func inner() { defer print("inner"); error("e", 0) }
func outer() { defer print("outer"); inner(); print("never") }
print(pcall(outer))
// expect: inner
// expect: outer
// expect: false	e
