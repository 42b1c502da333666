func a:b.c() { }
// expect compile error: method_declaration_then_field.gs:1:
