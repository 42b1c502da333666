x := 0xfg
// expect compile error: malformed number
