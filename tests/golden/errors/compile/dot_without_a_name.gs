t := {}
x := t.5
// expect compile error: dot_without_a_name.gs:2:
