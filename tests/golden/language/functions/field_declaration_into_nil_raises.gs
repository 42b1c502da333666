func t.f() {}
// expect runtime error: field_declaration_into_nil_raises.gs:1: attempt to index a nil value (global 't')
