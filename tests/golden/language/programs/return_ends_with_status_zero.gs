print("before") // expect: before
if true { return 5 }
print("never")
// exit: 0
