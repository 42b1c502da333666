var = 5
// expect compile error: var_without_a_name.gs:1:5:
// expect compile error: near '='
