x := 0x1p
// expect compile error: malformed number
