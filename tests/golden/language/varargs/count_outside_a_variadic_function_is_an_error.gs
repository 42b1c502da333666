func f(a) { return #... }
// expect compile error: count_outside_a_variadic_function_is_an_error.gs:1:
