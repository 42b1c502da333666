print("before") // expect: before
defer print("never")
os.exit(3)
print("never")
// exit: 3
