x := 0x
// expect compile error: malformed number
