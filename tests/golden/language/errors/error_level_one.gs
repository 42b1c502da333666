func f() {
    error("message", 1)
}
print(pcall(f)) // expect: false	error_level_one.gs:2: message
