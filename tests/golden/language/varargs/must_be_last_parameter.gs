func f(..., a) { return a }
// expect compile error: must_be_last_parameter.gs:1:
