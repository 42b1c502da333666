error({code: 1})
// expect runtime error: gscript: (error object is a table value)
