func f() { defer print }
// expect compile error: defer_needs_a_call.gs:
