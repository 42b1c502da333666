x := 3x
// expect compile error: malformed_number_letter.gs:1:
// expect compile error: malformed number
