defer print("never")
func f() { defer print("never"); os.exit(3) }
print("before") // expect: before
f()
// exit: 3
