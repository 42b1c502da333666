func f()
print(1)
// expect compile error: missing_function_body.gs:2:1:
// expect compile error: near 'print'
