func (x) { }
// expect compile error: starts_with_the_file_position.gs:1:
// expect compile error: near '
