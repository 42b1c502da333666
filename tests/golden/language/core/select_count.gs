print(select("#"), select("#", nil), select("#", nil, nil)) // expect: 0	1	2
