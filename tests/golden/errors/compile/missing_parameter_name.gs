func f(a, , b) {}
// expect compile error: missing_parameter_name.gs:1:11:
// expect compile error: near ','
