t := {1, 2}
for _, i := range ipairs({0, 4, -1, math.mininteger, math.maxinteger}) {
    ok, e := pcall(table.insert, t, i, "x")
    print(e)
}
// expect: insert_position_out_of_bounds.gs:3: bad argument #2 to 'table.insert' (position out of bounds)
// expect: insert_position_out_of_bounds.gs:3: bad argument #2 to 'table.insert' (position out of bounds)
// expect: insert_position_out_of_bounds.gs:3: bad argument #2 to 'table.insert' (position out of bounds)
// expect: insert_position_out_of_bounds.gs:3: bad argument #2 to 'table.insert' (position out of bounds)
// expect: insert_position_out_of_bounds.gs:3: bad argument #2 to 'table.insert' (position out of bounds)
print(#t) // expect: 2
