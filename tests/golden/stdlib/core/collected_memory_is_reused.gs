t := {}
for i := 1; i <= 200; i++ { t = {prev: {i, tostring(i)}} }
collectgarbage()
print(t.prev[1], t.prev[2]) // expect: 200	200
