print(#..., ...[1]) // expect: 0	nil
