#!/usr/bin/env gscript
print(pcall(func() { return nil + 1 })) // expect: false	hash_bang_keeps_line_numbers.gs:2: attempt to perform arithmetic on a nil value
