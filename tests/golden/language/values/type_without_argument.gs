print(type()) // expect: nil
