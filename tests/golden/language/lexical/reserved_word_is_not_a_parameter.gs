func f(chan) { return 1 }
// expect compile error: reserved_word_is_not_a_parameter.gs:1:
