print(-5, - 5)         // expect: -5	-5
print(-2 ** 2)         // expect: 4.0
print(3 -2)            // expect: 1
