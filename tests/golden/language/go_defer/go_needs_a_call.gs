func f() {}
go f
// expect compile error: go_needs_a_call.gs:
