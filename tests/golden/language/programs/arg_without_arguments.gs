print(arg[0], arg[1], #arg) // expect: arg_without_arguments.gs	nil	0
