print(1 != 1, 1 != 2, 1 != "1", nil != nil) // expect: false	true	true	false
