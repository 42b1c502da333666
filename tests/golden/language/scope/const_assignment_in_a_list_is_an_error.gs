const a = 1
var b
b, a = 1, 2
// expect compile error: const_assignment_in_a_list_is_an_error.gs:3:
