switch 1 {
    print("x")
case 1: print(1)
}
// expect compile error: statement_before_first_case_is_an_error.gs:2:
