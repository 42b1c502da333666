p := print
p("through a variable") // expect: through a variable
t := {type}
print(t[1](5)) // expect: number
