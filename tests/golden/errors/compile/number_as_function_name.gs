func 5() { }
// expect compile error: number_as_function_name.gs:1:6:
// expect compile error: near '5'
