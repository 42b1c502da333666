print(1 == "1", "1" == 1, 0 == false, nil == false) // expect: false	false	false	false
print("" == nil, "true" == true)                    // expect: false	false
