t := {}
x := t:name
// expect compile error: method_without_arguments.gs:
