outer: for {
    f := func() { for { break outer } }
}
// expect compile error: label_across_a_function_is_an_error.gs:2:
