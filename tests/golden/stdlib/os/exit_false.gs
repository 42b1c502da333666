// exit: 1
print("x") // expect: x
pcall(os.exit, false)
print("not reached")
