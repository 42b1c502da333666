print(1)
}
// expect compile error: stray_brace_is_an_error.gs:2:
