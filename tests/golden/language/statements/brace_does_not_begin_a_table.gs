{x: 1}
// expect compile error: brace_does_not_begin_a_table.gs:1:
