x := 0b12
// expect compile error: malformed number
