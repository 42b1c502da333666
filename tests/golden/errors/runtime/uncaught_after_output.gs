print("one") // expect: one
print("two") // expect: two
nothing()
print("never")
// expect runtime error: uncaught_after_output.gs:3: attempt to call a nil value (global 'nothing')
