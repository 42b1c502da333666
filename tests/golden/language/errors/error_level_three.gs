func inner() { error("deep", 3) }
func middle() {
    inner()
}
func outer() {
    middle()
}
print(pcall(outer)) // expect: false	error_level_three.gs:6: deep
