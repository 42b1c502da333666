const a = 1
func f() {
    a = 2
}
// expect compile error: const_assignment_in_closure_is_an_error.gs:3:
