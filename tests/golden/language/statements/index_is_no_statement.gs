t := {}
t.x
// expect compile error: index_is_no_statement.gs:
