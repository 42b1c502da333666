func f() {}
f() = 1
// expect compile error: assignment_to_call_is_an_error.gs:2:
