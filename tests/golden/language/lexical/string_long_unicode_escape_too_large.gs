print("\U00110000")
// expect compile error: string_long_unicode_escape_too_large.gs:1:
