if true {
    print(1)
// expect compile error: missing_closing_brace.gs:
