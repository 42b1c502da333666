func f() {
    case 1: print(1)
}
// expect compile error: case_outside_a_switch.gs:2:
