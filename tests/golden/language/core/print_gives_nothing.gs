print(select("#", print("x")))
// expect: x
// expect: 0
