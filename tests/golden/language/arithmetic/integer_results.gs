print(7 + 3, 7 - 3, 7 * 3) // expect: 10	4	21
print(-7, - -7)            // expect: -7	7
print(7 % 3)               // expect: 1
