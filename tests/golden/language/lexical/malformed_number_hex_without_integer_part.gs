x := 0x.8
// expect compile error: malformed number
