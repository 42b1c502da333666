print(type(type(nil)), type(nil) == "nil") // expect: string	true
