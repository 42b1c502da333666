error(false)
// expect runtime error: gscript: (error object is a boolean value)
