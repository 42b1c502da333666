switch 1 { case 1: continue }
// expect compile error: continue_in_a_lone_switch_is_an_error.gs:1:
