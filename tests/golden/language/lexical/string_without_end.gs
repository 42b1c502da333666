// expect compile error: string_without_end.gs:2:
print("abc)
