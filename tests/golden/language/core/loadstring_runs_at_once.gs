print(loadstring("return 1, 2")) // expect: 1	2
loadstring("loaded = 5")
print(loaded) // expect: 5
