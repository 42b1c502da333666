print(getmetatable("").__index == string)       // expect: true
print(getmetatable("a") == getmetatable("b"))   // expect: true
