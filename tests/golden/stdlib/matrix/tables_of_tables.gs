t := {[0]: {[0]: 1, 2}, {[0]: 3, 4}}
print(matrix.getf(t, 0, 1), matrix.getf(t, 1, 0)) // expect: 2.0	3.0
matrix.setf(t, 1, 1, 9)
print(t[1][1])                                    // expect: 9
print(pcall(matrix.getf, t, 0, 5) == false)       // expect: true
