x := 0o18
// expect compile error: malformed number
