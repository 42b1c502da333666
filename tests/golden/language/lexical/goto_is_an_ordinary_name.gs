goto := 1
while := 2
end := 3
print(goto, while, end) // expect: 1	2	3
