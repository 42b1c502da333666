// args: one two
print(#..., ...[1], ...) // expect: 2	one	one	two
