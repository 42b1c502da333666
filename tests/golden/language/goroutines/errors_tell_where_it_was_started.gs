func inner() { return nil + 1 }
func spawn() { go func() { x := inner(); return x }() }
spawn()
time.sleep(100)
// expect stderr: gscript: errors_tell_where_it_was_started.gs:1: attempt to perform arithmetic on a nil value
// expect stderr: stack traceback:
// expect stderr:     errors_tell_where_it_was_started.gs:1: in function 'inner'
// expect stderr:     errors_tell_where_it_was_started.gs:2: in function <errors_tell_where_it_was_started.gs:2>
// expect stderr:     started by errors_tell_where_it_was_started.gs:2: in function 'spawn'
