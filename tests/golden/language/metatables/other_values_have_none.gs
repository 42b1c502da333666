print(getmetatable(1), getmetatable(nil), getmetatable(true), getmetatable(print)) // expect: nil	nil	nil	nil
