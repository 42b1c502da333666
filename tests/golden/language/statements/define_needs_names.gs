t := {}
t.x := 1
// expect compile error: define_needs_names.gs:2:
