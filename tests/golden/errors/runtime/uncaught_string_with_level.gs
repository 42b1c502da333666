error("with position", 1)
// expect runtime error: gscript: uncaught_string_with_level.gs:1: with position
