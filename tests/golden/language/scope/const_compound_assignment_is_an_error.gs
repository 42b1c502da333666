const a = 1
a += 2
// expect compile error: const_compound_assignment_is_an_error.gs:2:
