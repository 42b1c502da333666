t := {1,, 2}
// expect compile error: double_comma_is_an_error.gs:1:
