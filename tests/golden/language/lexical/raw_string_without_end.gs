// expect compile error: raw_string_without_end.gs:
x := `abc
