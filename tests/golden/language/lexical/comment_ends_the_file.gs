print("ran") // expect: ran
// the end