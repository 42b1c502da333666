func try(p) { print(select(2, pcall(string.find, "x", p))) }
try("%") // expect: pattern_errors.gs:1: malformed pattern (ends with '%')
try("[a") // expect: pattern_errors.gs:1: malformed pattern (missing ']')
try("[]") // expect: pattern_errors.gs:1: malformed pattern (missing ']')
try("%b") // expect: pattern_errors.gs:1: malformed pattern (missing arguments to '%b')
try("%fx") // expect: pattern_errors.gs:1: missing '[' after '%f' in pattern
try("(x") // expect: pattern_errors.gs:1: unfinished capture
try("x%)(") // expect: pattern_errors.gs:1: unfinished capture
try("x.)") // expect: pattern_errors.gs:1: invalid pattern capture
try("(x%1)") // expect: pattern_errors.gs:1: invalid capture index %1
try("%2") // expect: pattern_errors.gs:1: invalid capture index %2
try(("()"):rep(33)) // expect: pattern_errors.gs:1: too many captures
x := "x"
x:match("%") // expect runtime error: pattern_errors.gs:14: malformed pattern (ends with '%')
