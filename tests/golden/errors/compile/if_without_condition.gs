if { }
print(1)
// expect compile error: if_without_condition.gs:
