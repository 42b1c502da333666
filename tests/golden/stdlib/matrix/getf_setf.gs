m := matrix.dense(3, 4)
matrix.setf(m, 2, 3, 1.5)
print(matrix.getf(m, 2, 3), m[2][3])       // expect: 1.5	1.5
matrix.setf(m, 0, 0, 4)
print(matrix.getf(m, 0, 0))                // expect: 4.0
print(select("#", matrix.setf(m, 0, 0, 1))) // expect: 0
print(pcall(matrix.setf, m, 0, 0, "x"))    // expect: false	getf_setf.gs:7: bad argument #4 to 'matrix.setf' (number expected, got string)
print(pcall(matrix.getf, 5, 0, 0))         // expect: false	getf_setf.gs:8: bad argument #1 to 'matrix.getf' (matrix expected, got number)
print(pcall(matrix.rows, {}))              // expect: false	getf_setf.gs:9: bad argument #1 to 'matrix.rows' (matrix expected, got table)
