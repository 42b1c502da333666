if true print("x")
// expect compile error: braces_are_required.gs:1:
