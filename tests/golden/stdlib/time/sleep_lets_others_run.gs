log := {}
go func() { for i := 1; i <= 3; i++ { log[#log + 1] = "g" .. i; time.sleep(0) } }()
for i := 1; i <= 3; i++ { log[#log + 1] = "m" .. i; time.sleep(-1) }
time.sleep(0.01)
print(table.concat(log, " ")) // expect: m1 g1 m2 g2 m3 g3
