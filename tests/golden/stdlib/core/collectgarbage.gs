print(collectgarbage(), collectgarbage("collect")) // expect: 0	0
print(math.type(collectgarbage("count")), collectgarbage("count") > 0) // expect: float	true
print(collectgarbage("step"), collectgarbage("stop"), collectgarbage("restart")) // expect: 0	0	0
