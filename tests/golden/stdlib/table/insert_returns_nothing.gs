print(select("#", table.insert({}, 1))) // expect: 0
