(x) = 1
// expect compile error: assignment_to_parenthesised_name_is_an_error.gs:1:
