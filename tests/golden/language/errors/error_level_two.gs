func check(x) {
    if type(x) != "number" { error("number expected", 2) }
}
func user() {
    check("text")
}
print(pcall(user)) // expect: false	error_level_two.gs:5: number expected
