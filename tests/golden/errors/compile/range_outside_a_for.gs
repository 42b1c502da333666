x := range 3
// expect compile error: range_outside_a_for.gs:1:6:
// expect compile error: near 'range'
