t := {}
for i := 10; i >= 1; i-- { t[i] = i }
print(#t) // expect: 10
