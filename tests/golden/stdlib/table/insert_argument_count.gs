print(pcall(table.insert, {}))             // expect: false	insert_argument_count.gs:1: wrong number of arguments to 'insert'
print(pcall(table.insert, {}, 1, 2, 3))    // expect: false	insert_argument_count.gs:2: wrong number of arguments to 'insert'
print(pcall(table.insert, nil, 1))         // expect: false	insert_argument_count.gs:3: bad argument #1 to 'table.insert' (table expected, got nil)
print(pcall(table.insert, {}, "x", 1))     // expect: false	insert_argument_count.gs:4: bad argument #2 to 'table.insert' (number expected, got string)
print(pcall(table.insert, {}, 1.5, 1))     // expect: false	insert_argument_count.gs:5: bad argument #2 to 'table.insert' (number has no integer representation)
