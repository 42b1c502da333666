print(tonumber("10", nil), select("#", unpack({1, 2}, nil, nil))) // expect: 10	2
print(next({10}, nil)) // expect: 1	10
print(type(load("return 1", nil))) // expect: function
