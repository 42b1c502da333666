print(1, , 2)
// expect compile error: missing_argument.gs:1:10:
// expect compile error: near ','
