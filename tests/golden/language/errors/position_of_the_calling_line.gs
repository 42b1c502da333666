func f() {
    setmetatable(1, {})
}
print(pcall(f)) // expect: false	position_of_the_calling_line.gs:2: bad argument #1 to 'setmetatable' (table expected, got number)
