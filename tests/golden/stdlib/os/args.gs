// args: one two
t := os.args()
print(#t, t[1], t[2], t[3]) // expect: 3	args.gs	one	two
