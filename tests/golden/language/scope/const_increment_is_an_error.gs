const a = 1
a++
// expect compile error: const_increment_is_an_error.gs:2:
