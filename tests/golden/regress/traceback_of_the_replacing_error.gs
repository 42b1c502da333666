// The traceback belongs to the error that ends the program, not to the one that it replaced.
func f() {
    defer func() { pcall(error, "inner") }()
    defer func() {
        error("second")
    }()
    error("first")
}
f()
// expect stderr: gscript: second
// expect stderr: stack traceback:
// expect stderr:     traceback_of_the_replacing_error.gs:5: in function <traceback_of_the_replacing_error.gs:4>
// expect stderr:     traceback_of_the_replacing_error.gs:7: in function 'f'
// expect stderr:     traceback_of_the_replacing_error.gs:9: in main chunk
