func f() {
    print(1)
// expect compile error: unclosed_block_is_an_error.gs:
