tonumber = nil
print(tonumber) // expect: nil
