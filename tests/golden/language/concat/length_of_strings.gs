print(#"", #"abc", #"né", #"a\x00b") // expect: 0	3	3	3
