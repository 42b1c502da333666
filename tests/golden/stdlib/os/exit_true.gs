io.write("no newline") // expect: no newline
os.exit(true)
