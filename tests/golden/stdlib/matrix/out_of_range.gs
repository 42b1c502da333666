m := matrix.dense(2, 2)
print(m[2], m[-1], m[0][2], m[0][-1], m["x"])      // expect: nil	nil	nil	nil	nil
print(pcall(func() { m[0][2] = 1 }))               // expect: false	out_of_range.gs:3: index out of range
print(pcall(func() { m[0]["x"] = 1 }))             // expect: false	out_of_range.gs:4: index out of range
print(pcall(matrix.getf, m, 2, 0))                 // expect: false	out_of_range.gs:5: bad argument #2 to 'matrix.getf' (index out of range)
print(pcall(matrix.getf, m, 0, 2))                 // expect: false	out_of_range.gs:6: bad argument #3 to 'matrix.getf' (index out of range)
print(pcall(matrix.setf, m, -1, 0, 1))             // expect: false	out_of_range.gs:7: bad argument #2 to 'matrix.setf' (index out of range)
