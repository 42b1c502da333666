for { break nowhere }
// expect compile error: unknown_label_is_an_error.gs:1:
