table.insert({1}, 5, 1)
// expect runtime error: insert_position_prefix.gs:1: bad argument #2 to 'table.insert' (position out of bounds)
