print("before") // expect: before
os.exit(7)
print("never")
// exit: 7
