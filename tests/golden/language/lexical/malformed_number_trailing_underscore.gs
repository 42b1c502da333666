x := 1_
// expect compile error: malformed number
