switch 1 {
case : print(1)
}
// expect compile error: switch_case_without_values.gs:2:6:
// expect compile error: near ':'
