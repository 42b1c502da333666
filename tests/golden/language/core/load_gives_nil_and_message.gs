f, e := load("x = = 1", "chunk")
print(f, e:sub(1, 8)) // expect: nil	chunk:1:
g, e2 := load("\n\nbreak")
print(g, e2:sub(1, 9)) // expect: nil	(load):3:
