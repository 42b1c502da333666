x := chan
// expect compile error: chan_is_no_value.gs:1:6:
// expect compile error: near 'chan'
