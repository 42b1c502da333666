else { print(1) }
// expect compile error: else_without_if.gs:1:1:
// expect compile error: near 'else'
