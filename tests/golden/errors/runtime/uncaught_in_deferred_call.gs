func f() { defer error("from defer") }
f()
// expect runtime error: gscript: from defer
