if true {
    x := )
}
// expect compile error: column_after_tabs_and_spaces.gs:2:10:
// expect compile error: near ')'
