"text"
// expect compile error: string_is_no_statement.gs:
