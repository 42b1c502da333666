func f(a) { return ... }
// expect compile error: outside_a_variadic_function_is_an_error.gs:1:
