p := os.tmpname()
io.open(p, "w"):write("x\n"):close()
next := io.lines(p)
print(next())               // expect: x
print(next())               // expect: nil
print(pcall(next))          // expect: false	lines_closes_at_the_end.gs:6: attempt to use a closed file
os.remove(p)
