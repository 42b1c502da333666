print(pcall(func() { missing(print("argument")) }))
// expect: argument
// expect: false	arguments_are_evaluated_before_the_call_fails.gs:1: attempt to call a nil value (global 'missing')
