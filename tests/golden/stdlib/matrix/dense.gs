m := matrix.dense(2, 3)
print(#m, #m[0], matrix.rows(m), matrix.cols(m)) // expect: 2	3	2	3
print(m[0][0], m[1][2])                          // expect: 0.0	0.0
print(type(m), type(m[0]))                       // expect: userdata	userdata
m[1][2] = 7
m[0][1] = 0.5
print(m[1][2], m[0][1])                          // expect: 7.0	0.5
