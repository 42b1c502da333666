/* one
   print("hidden")
two */ print("after") // expect: after
print(1 /* inside an expression */ + 2) // expect: 3
