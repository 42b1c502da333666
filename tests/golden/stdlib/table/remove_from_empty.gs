print(table.remove({}))    // expect: nil
print(table.remove({}, 0)) // expect: nil
print(table.remove({}, 1)) // expect: nil
print(pcall(table.remove, {}, 2))  // expect: false	remove_from_empty.gs:4: bad argument #2 to 'table.remove' (position out of bounds)
print(pcall(table.remove, {}, -1)) // expect: false	remove_from_empty.gs:5: bad argument #2 to 'table.remove' (position out of bounds)
