s := `a
b
c`
print(pcall(func() { return s.x.y })) // expect: false	raw_string_keeps_line_numbers.gs:4: attempt to index a nil value (field 'x')
