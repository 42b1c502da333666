for i := 3 { }
// expect compile error: for_define_without_range.gs:1:
