for {
    sw: switch 1 { case 1: continue sw }
}
// expect compile error: continue_to_a_switch_label_is_an_error.gs:2:
