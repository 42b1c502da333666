// skip gc-stress: a million safepoints with a collection at each
t := {}
for i := 1; i <= 1000000; i++ { t[i] = i }
print(select("#", table.unpack(t))) // expect: 1000000
