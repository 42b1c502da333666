print(not true)
// expect compile error: not_operator_word.gs:1:11:
// expect compile error: near 'true'
