error()
// expect runtime error: gscript: (error object is a nil value)
