print(#os.hostname() > 0, math.type(os.getpid())) // expect: true	integer
