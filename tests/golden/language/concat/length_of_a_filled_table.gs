t := {}
for i := 1; i <= 100; i++ { t[i] = i }
print(#t) // expect: 100
for i := 100; i > 50; i-- { t[i] = nil }
print(#t) // expect: 50
t[#t + 1] = "x"
print(#t) // expect: 51
