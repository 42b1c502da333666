func f() { pcall(func() { os.exit(2) }); print("never") }
f()
// exit: 2
