defer print("deferred")
error("failed")
// expect: deferred
// expect runtime error: failed
