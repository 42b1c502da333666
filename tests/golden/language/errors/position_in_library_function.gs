func f() {
    return 1 +
        ("x"):rep({})
}
ok, e := pcall(f)
print(ok, e:sub(1, 34)) // expect: false	position_in_library_function.gs:3:
