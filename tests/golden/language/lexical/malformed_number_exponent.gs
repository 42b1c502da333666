x := 1e
// expect compile error: malformed number
