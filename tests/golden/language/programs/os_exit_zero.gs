os.exit(0)
error("never")
// exit: 0
