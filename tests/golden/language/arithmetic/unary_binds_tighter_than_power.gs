print(-2 ** 2)     // expect: 4.0
print(2 ** -1)     // expect: 0.5
print(^1 ** 2)     // expect: 4.0
print(#"ab" ** 2)  // expect: 4.0
print(!nil == true) // expect: true
