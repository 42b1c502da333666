in := 1
// expect compile error: in_is_reserved.gs:1:
