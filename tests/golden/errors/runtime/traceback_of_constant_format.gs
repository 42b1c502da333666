// A format that was compiled with its code raises where the function itself would.
func show(v) {
    return string.format("%d", v)
}
func all(n) {
    for i := 1; i <= n; i++ {
        show(i == n && "x" || i)
    }
}
all(300)
// expect stderr: gscript: traceback_of_constant_format.gs:3: bad argument #2 to 'string.format' (number expected, got string)
// expect stderr: stack traceback:
// expect stderr:     traceback_of_constant_format.gs:3: in function 'show'
// expect stderr:     traceback_of_constant_format.gs:7: in function 'all'
// expect stderr:     traceback_of_constant_format.gs:10: in main chunk
