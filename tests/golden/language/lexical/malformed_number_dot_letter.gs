x := 1.x
// expect compile error: malformed number
