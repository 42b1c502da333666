a, b := 1, 2
a, b += 1, 2
// expect compile error: compound_needs_one_target.gs:2:
