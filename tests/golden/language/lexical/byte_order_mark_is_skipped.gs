print("ran") // expect: ran
