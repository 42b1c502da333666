1 + 2
// expect compile error: operator_is_no_statement.gs:
