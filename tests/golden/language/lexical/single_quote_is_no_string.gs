print('a')
// expect compile error: single_quote_is_no_string.gs:1:
