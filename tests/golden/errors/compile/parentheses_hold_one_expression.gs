x := (1, 2)
// expect compile error: parentheses_hold_one_expression.gs:1:8:
// expect compile error: near ','
