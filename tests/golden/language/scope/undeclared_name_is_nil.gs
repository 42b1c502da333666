print(never_set) // expect: nil
print(type(never_set)) // expect: nil
