func f(...) {
    return func() { return ... }
}
// expect compile error: not_inherited_by_inner_function.gs:2:
