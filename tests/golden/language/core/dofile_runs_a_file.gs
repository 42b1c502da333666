x := 10
print(dofile("lib/chunk.gs")) // expect: 11	second
print(dofile("lib/chunk.gs")) // expect: 12	second
print(x, set_by_chunk)        // expect: 12	here
