print("\u{110000}")
// expect compile error: string_unicode_escape_too_large.gs:1:
