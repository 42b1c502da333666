x := 1
y := x++ + 1
// expect compile error: increment_is_no_expression.gs:2:
