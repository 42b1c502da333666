x := 1
x
// expect compile error: expression_must_be_a_call.gs:
