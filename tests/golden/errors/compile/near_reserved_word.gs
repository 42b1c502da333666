x := for
// expect compile error: near_reserved_word.gs:1:6:
// expect compile error: near 'for'
