print((1 + 2
x := 3
// expect compile error: missing_closing_parenthesis.gs:2:
