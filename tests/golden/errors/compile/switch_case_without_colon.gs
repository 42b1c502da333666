switch 1 {
case 1
    print(1)
}
// expect compile error: switch_case_without_colon.gs:
