print(pcall(table.move, {}, 0, math.maxinteger, 1))  // expect: false	move_messages.gs:1: bad argument #3 to 'table.move' (too many elements to move)
print(pcall(table.move, {}, math.mininteger, 1, 1))  // expect: false	move_messages.gs:2: bad argument #3 to 'table.move' (too many elements to move)
print(pcall(table.move, {}, 1, 2, math.maxinteger))  // expect: false	move_messages.gs:3: bad argument #4 to 'table.move' (destination wrap around)
print(pcall(table.move, {}, 1, 2, 1, 5))             // expect: false	move_messages.gs:4: bad argument #5 to 'table.move' (table expected, got number)
