print(pcall(table.concat, {1, {}, 3}))       // expect: false	concat_invalid_value.gs:1: invalid value (table) at index 2 in table for 'concat'
print(pcall(table.concat, {true}))           // expect: false	concat_invalid_value.gs:2: invalid value (boolean) at index 1 in table for 'concat'
print(pcall(table.concat, {1}, "", 1, 2))    // expect: false	concat_invalid_value.gs:3: invalid value (nil) at index 2 in table for 'concat'
print(pcall(table.concat, {}, "", -5, -5))   // expect: false	concat_invalid_value.gs:4: invalid value (nil) at index -5 in table for 'concat'
print(pcall(table.concat, {}, {}))           // expect: false	concat_invalid_value.gs:5: bad argument #2 to 'table.concat' (string expected, got table)
