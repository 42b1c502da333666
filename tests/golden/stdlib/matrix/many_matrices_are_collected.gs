for i := 1; i <= 2000; i++ {
    m := matrix.dense(300, 300)
    m[299][299] = i
}
m := matrix.dense(100, 100)
for i := 0; i < 100; i++ { for j := 0; j < 100; j++ { m[i][j] = i * j } }
collectgarbage()
print(m[99][99], m[7][8]) // expect: 9801.0	56.0
