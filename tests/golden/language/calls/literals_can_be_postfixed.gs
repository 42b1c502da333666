print({10, 20}[2])       // expect: 20
print({n: 5}.n)          // expect: 5
print("abc":sub(2, 3))   // expect: bc
print(#{1, 2}, -{7}[1])  // expect: 2	-7
