tostring = func() { return "replaced" }
print(5) // expect: 5
