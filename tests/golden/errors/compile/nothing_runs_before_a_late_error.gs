print("never printed")
func f() { return 1 }
f()
x := 5
y = ]
// expect compile error: nothing_runs_before_a_late_error.gs:5:5:
