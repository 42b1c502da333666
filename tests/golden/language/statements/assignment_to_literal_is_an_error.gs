5 = 1
// expect compile error: assignment_to_literal_is_an_error.gs:1:
