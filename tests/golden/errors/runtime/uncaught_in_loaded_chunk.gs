load("\nnothing()", "the chunk")()
// expect runtime error: gscript: the chunk:2: attempt to call a nil value (global 'nothing')
