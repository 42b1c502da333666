// expect: ran
print("ran")