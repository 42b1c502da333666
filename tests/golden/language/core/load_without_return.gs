print(select("#", load("x = 1")())) // expect: 0
print(select("#", load("")()))      // expect: 0
