y := 1
x = = 1
// expect compile error: near_token.gs:2:5:
// expect compile error: near '='
