error("plain text")
// expect runtime error: gscript: plain text
