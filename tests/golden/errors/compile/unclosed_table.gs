t := {1, 2
print(t)
// expect compile error: unclosed_table.gs:
