const a
print(a)
// expect compile error: const_needs_a_value.gs:
