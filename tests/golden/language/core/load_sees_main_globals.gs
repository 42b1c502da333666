x := 1
load("x = x + 1; y = 5")()
print(x, y) // expect: 2	5
load("func from_chunk() { return x }")()
print(from_chunk()) // expect: 2
