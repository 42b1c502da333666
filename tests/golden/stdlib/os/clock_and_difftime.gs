a := os.clock()
x := 0
for i := 1; i <= 200000; i++ { x += i }
print(math.type(a), os.clock() >= a)  // expect: float	true
print(os.difftime(10, 4))             // expect: 6.0
