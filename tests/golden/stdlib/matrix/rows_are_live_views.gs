m := matrix.dense(2, 2)
row := m[1]
row[0] = 3
print(m[1][0], row == m[1], row == m[0]) // expect: 3.0	true	false
m = nil
collectgarbage()
print(row[0])                            // expect: 3.0
