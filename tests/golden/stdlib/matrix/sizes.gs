print(#matrix.dense(0, 5), matrix.cols(matrix.dense(0, 5))) // expect: 0	5
print(pcall(matrix.dense, -1, 2)) // expect: false	sizes.gs:2: bad argument #1 to 'matrix.dense' (size out of range)
print(pcall(matrix.dense, 2, -1)) // expect: false	sizes.gs:3: bad argument #2 to 'matrix.dense' (size out of range)
print(pcall(matrix.dense, 1, 1 << 40)) // expect: false	sizes.gs:4: bad argument #2 to 'matrix.dense' (size out of range)
print(pcall(matrix.dense, 1000000000, 1000000000)) // expect: false	not enough memory
