print(("x"):rep(3))       // expect: xxx
s := "abc"
print(s:upper(), s:len()) // expect: ABC	3
print("abc":upper())      // expect: ABC
print(s.upper == string.upper) // expect: true
