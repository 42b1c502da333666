l: for i := range 1 {}
for { break l }
// expect compile error: label_of_a_finished_loop_is_an_error.gs:2:
