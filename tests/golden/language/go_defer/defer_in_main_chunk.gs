defer print("deferred")
print("body")
// expect: body
// expect: deferred
