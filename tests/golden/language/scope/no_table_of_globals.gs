print(_G, _ENV) // expect: nil	nil
