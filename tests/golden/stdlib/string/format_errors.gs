func try(...) { print(select(2, pcall(string.format, ...))) }
try("%d") // expect: format_errors.gs:1: bad argument #2 to 'string.format' (no value)
try("%d %s", 1) // expect: format_errors.gs:1: bad argument #3 to 'string.format' (no value)
try("%d", "x") // expect: format_errors.gs:1: bad argument #2 to 'string.format' (number expected, got string)
try("%d", 1.5) // expect: format_errors.gs:1: bad argument #2 to 'string.format' (number has no integer representation)
try("%f", {}) // expect: format_errors.gs:1: bad argument #2 to 'string.format' (number expected, got table)
try("%y", 1) // expect: format_errors.gs:1: invalid conversion '%y' to 'format'
try("abc%") // expect: format_errors.gs:1: invalid conversion '%' to 'format'
try("%123d", 1) // expect: format_errors.gs:1: invalid conversion '%123d' to 'format'
try("%.123f", 1) // expect: format_errors.gs:1: invalid conversion '%.123f' to 'format'
try("%-+5w", 1) // expect: format_errors.gs:1: invalid conversion '%-+5w' to 'format'
try() // expect: format_errors.gs:1: bad argument #1 to 'string.format' (string expected, got no value)
