error(42)
// expect runtime error: gscript: 42
