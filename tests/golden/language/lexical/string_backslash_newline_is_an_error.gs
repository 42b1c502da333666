print("abc\
def")
// expect compile error: string_backslash_newline_is_an_error.gs:1:
