x := make(chan, 1, 2)
// expect compile error: make_without_chan_argument_list.gs:1:
