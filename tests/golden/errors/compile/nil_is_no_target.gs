nil = 1
// expect compile error: nil_is_no_target.gs:1:
