if x = 5 { print(x) }
// expect compile error: assignment_is_no_expression.gs:1:
