// stdin: ab
print(io.read(0) == "")  // expect: true
print(io.read(100) == "ab\n") // expect: true
print(io.read(0))        // expect: nil
