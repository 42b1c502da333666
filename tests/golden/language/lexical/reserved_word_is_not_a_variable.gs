range := 1
// expect compile error: reserved_word_is_not_a_variable.gs:1:
