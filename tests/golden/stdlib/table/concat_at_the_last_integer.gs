t := {[math.maxinteger]: "end"}
print(table.concat(t, ",", math.maxinteger, math.maxinteger)) // expect: end
