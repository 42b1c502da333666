t := {1, 2, 3}
print(table.remove(t, 4))          // expect: nil
print(pcall(table.remove, t, 5))   // expect: false	remove_position_out_of_bounds.gs:3: bad argument #2 to 'table.remove' (position out of bounds)
print(pcall(table.remove, t, 0))   // expect: false	remove_position_out_of_bounds.gs:4: bad argument #2 to 'table.remove' (position out of bounds)
print(#t)                          // expect: 3
