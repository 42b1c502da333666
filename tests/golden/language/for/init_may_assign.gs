var i
for i = 0; i < 3; i++ {}
print(i) // expect: 3
for i = 10; i < 12; i++ { print(i) }
// expect: 10
// expect: 11
