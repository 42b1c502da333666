select {
default: print(1)
default: print(2)
}
// expect compile error: select_two_defaults.gs:3:
