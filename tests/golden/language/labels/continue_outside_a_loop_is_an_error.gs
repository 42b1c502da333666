if true { continue }
// expect compile error: continue_outside_a_loop_is_an_error.gs:1:
