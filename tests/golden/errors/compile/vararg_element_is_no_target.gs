func f(...) { ...[1] = 2 }
// expect compile error: vararg_element_is_no_target.gs:1:
