run := func(f) {
    return f() + 1
}
run(
    func() {
        return nil + 1
    })
// expect stderr: gscript: traceback_of_function_literals.gs:6: attempt to perform arithmetic on a nil value
// expect stderr: stack traceback:
// expect stderr:     traceback_of_function_literals.gs:6: in function <traceback_of_function_literals.gs:5>
// expect stderr:     traceback_of_function_literals.gs:2: in function <traceback_of_function_literals.gs:1>
// expect stderr:     traceback_of_function_literals.gs:4: in main chunk
