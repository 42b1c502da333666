switch 1 {
default: print(1)
default: print(2)
}
// expect compile error: two_defaults_are_an_error.gs:3:
