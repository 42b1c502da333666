// args: one 2 three
print(arg[0], arg[1], arg[2], arg[3], #arg) // expect: arg_table.gs	one	2	three	3
print(type(arg[2]))                         // expect: string
