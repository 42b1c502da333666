print(x := 5)
// expect compile error: define_in_expression.gs:1:9:
// expect compile error: near ':='
