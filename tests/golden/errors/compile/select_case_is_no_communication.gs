select {
case 5: print(1)
}
// expect compile error: select_case_is_no_communication.gs:2:
