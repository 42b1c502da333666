for i := 0; i < 1; i++ {}
print(i) // expect: nil
