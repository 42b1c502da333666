if true { } else { } else { }
// expect compile error: else_after_else.gs:1:22:
// expect compile error: near 'else'
