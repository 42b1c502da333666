print "hello"
// expect compile error: no_call_without_parentheses.gs:1:
