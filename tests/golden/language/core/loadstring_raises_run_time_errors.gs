print(pcall(loadstring, "error(\"from chunk\")")) // expect: false	from chunk
