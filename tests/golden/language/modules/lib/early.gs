if true { return "early" }
print("never")
