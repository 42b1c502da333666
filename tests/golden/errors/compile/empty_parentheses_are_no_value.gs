x := ()
// expect compile error: empty_parentheses_are_no_value.gs:1:7:
// expect compile error: near ')'
