x := 1
++x
// expect compile error: increment_before_the_name.gs:2:1:
// expect compile error: near '++'
