print("never")
x := )
// expect compile error: compile_error_runs_nothing.gs:2:
// exit: 1
