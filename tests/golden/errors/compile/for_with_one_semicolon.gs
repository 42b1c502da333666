for i := 0; i < 3 { }
// expect compile error: for_with_one_semicolon.gs:1:
