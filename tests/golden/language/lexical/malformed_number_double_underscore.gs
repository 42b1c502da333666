x := 1__0
// expect compile error: malformed number
