print(recover, panic) // expect: nil	nil
