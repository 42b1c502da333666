func try(...) { print(select(2, pcall(string.gsub, ...))) }
try("abc", "b", "%2") // expect: gsub_errors.gs:1: invalid capture index %2
try("abc", "b", "%x") // expect: gsub_errors.gs:1: invalid use of '%' in replacement string
try("abc", "b", "x%") // expect: gsub_errors.gs:1: invalid use of '%' in replacement string
try("abc", "b", func() { return {} }) // expect: gsub_errors.gs:1: invalid replacement value (a table)
try("abc", "b", func() { return true }) // expect: gsub_errors.gs:1: invalid replacement value (a boolean)
try("abc", "b", func() { error("mine") }) // expect: mine
try("abc", "b", true) // expect: gsub_errors.gs:1: bad argument #3 to 'string.gsub' (string/function/table expected, got boolean)
print(("abc"):gsub("x", "%2")) // expect: abc	0
