t := {}
print(pcall(func() { return t.a.b }))       // expect: false	names_fields.gs:2: attempt to index a nil value (field 'a')
print(pcall(func() { return t["a"].b }))    // expect: false	names_fields.gs:3: attempt to index a nil value (field 'a')
print(pcall(func() { t.f() }))              // expect: false	names_fields.gs:4: attempt to call a nil value (field 'f')
print(pcall(func() { return t.n + 1 }))     // expect: false	names_fields.gs:5: attempt to perform arithmetic on a nil value (field 'n')
print(pcall(func() { return "" .. t.s }))   // expect: false	names_fields.gs:6: attempt to concatenate a nil value (field 's')
print(pcall(func() { return #t.list }))     // expect: false	names_fields.gs:7: attempt to get length of a nil value (field 'list')
print(pcall(func() { t.a.b.c = 1 }))        // expect: false	names_fields.gs:8: attempt to index a nil value (field 'a')
