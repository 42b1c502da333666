print(tostring(nil) == "nil", tostring(true) == "true", tostring(false) == "false") // expect: true	true	true
print(tostring(5) == "5", tostring(5.0) == "5.0", tostring("s") == "s")             // expect: true	true	true
print(tostring(1e15), tostring(2 ** 70))                  // expect: 1000000000000000.0	1.1805916207174113e+21
