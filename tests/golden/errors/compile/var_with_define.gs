var x := 5
// expect compile error: var_with_define.gs:1:7:
// expect compile error: near ':='
