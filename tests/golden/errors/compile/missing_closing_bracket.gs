t := {}
x := t[1
y := 2
// expect compile error: missing_closing_bracket.gs:3:
