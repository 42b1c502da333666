print("before") // expect: before
nothing.x = 1
// expect runtime error: gscript: uncaught_error_is_status_one.gs:2: attempt to index a nil value (global 'nothing')
// exit: 1
