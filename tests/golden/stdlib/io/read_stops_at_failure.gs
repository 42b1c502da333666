// stdin: x 5
print(select("#", io.read("n", "l"))) // expect: 1
print(io.read("l"))                   // expect: x 5
