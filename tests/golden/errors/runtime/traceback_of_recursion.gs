func down(n) {
    if n == 0 { return nil + 1 }
    return 1 + down(n - 1)
}
down(2)
// expect stderr: gscript: traceback_of_recursion.gs:2: attempt to perform arithmetic on a nil value
// expect stderr: stack traceback:
// expect stderr:     traceback_of_recursion.gs:2: in function 'down'
// expect stderr:     traceback_of_recursion.gs:3: in function 'down'
// expect stderr:     traceback_of_recursion.gs:3: in function 'down'
// expect stderr:     traceback_of_recursion.gs:5: in main chunk
