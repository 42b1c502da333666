f := func(t) { return t }
x := f {1}
print(x)
// expect compile error: no_call_with_table_literal.gs:2:
