... = 1
// expect compile error: dots_are_no_target.gs:1:
