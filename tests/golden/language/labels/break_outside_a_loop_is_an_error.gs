print(1)
break
// expect compile error: break_outside_a_loop_is_an_error.gs:2:
