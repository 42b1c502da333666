func () { }
// expect compile error: missing_function_name.gs:1:
