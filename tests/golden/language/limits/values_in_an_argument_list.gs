parts := {}
for i := 1; i <= 250; i++ { parts[i] = i }
list := table.concat(parts, ", ")
func count(...) { return #... }
print(load("return count(" .. list .. ")")()) // expect: 250
print(select("#", load("return " .. list)()))         // expect: 250
print(select(250, load("return " .. list)()))         // expect: 250
