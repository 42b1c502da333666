for {
    f := func() { break }
}
// expect compile error: break_across_a_function_is_an_error.gs:2:
