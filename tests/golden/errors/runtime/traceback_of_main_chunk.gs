x := 1

x.y.z = 2
// expect stderr: gscript: traceback_of_main_chunk.gs:3: attempt to index a number value (global 'x')
// expect stderr: stack traceback:
// expect stderr:     traceback_of_main_chunk.gs:3: in main chunk
